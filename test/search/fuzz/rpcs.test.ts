import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { protocols } from "../secrecy/protocols.js";
import { authorizationOf, newSubject, pathOfRpc, rpcs, validRequest } from "../secrecy/rpcs.js";
import { Wire } from "../secrecy/wire.js";
import { binaryRequest } from "./binary-requests.js";
import { hostileJson, runs } from "./hostile.js";
import { jsonRequest } from "./json-requests.js";
import { expectNoFault, expectUnharmed, watchForCrashes } from "./judgement.js";

const timeoutMs = 120_000 + runs * 500;

let altalune: TestInstance;
let wire: Wire;
let watch: ReturnType<typeof watchForCrashes>;
beforeAll(async () => {
  altalune = await startTestInstance();
  wire = new Wire(altalune.url);
  watch = watchForCrashes();
});
afterAll(async () => {
  watch.stop();
  wire.close();
  await altalune.stop();
});

describe.each(rpcs.map((rpc) => [`${rpc.parent.name}/${rpc.name}`, rpc] as const))("%s", (_name, rpc) => {
  const over = protocols.filter(({ streams }) => streams || rpc.methodKind === "unary");

  test.each(over)("takes no request over $name for a fault of the server", { timeout: timeoutMs }, async (protocol) => {
    const subject = await newSubject(altalune);
    const headers = { authorization: authorizationOf(rpc, subject, altalune.rootKey) };
    const valid = () => validRequest(rpc, subject);
    const request: fc.Arbitrary<string | Uint8Array> =
      protocol.encoding === "json"
        ? fc.oneof(
            { weight: 12, arbitrary: jsonRequest(rpc.input, valid, subject) },
            hostileJson,
            fc.string({ unit: "binary" }),
          )
        : fc.oneof({ weight: 12, arbitrary: binaryRequest(rpc.input, valid, subject) }, fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(request, async (message) => {
        expectNoFault(protocol, await protocol.send(wire, pathOfRpc(rpc), message, headers));
      }),
      { numRuns: runs },
    );
  });
});

test("after all that the service answers, its trails hold, and nothing went wrong unseen", async () => {
  await expectUnharmed(altalune);
  expect(watch.crashes).toEqual([]);
});
