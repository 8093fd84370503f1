import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inParallel } from "../../support/in-parallel.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Protocol, protocols } from "../secrecy/protocols.js";
import { authorizationOf, newSubject, pathOfRpc, rpcs, type Subject, validRequest } from "../secrecy/rpcs.js";
import { Wire } from "../secrecy/wire.js";
import { extremeBodies } from "./extreme-bodies.js";
import { expectNoFault, expectUnharmed, watchForCrashes } from "./judgement.js";

let altalune: TestInstance;
let wire: Wire;
let subject: Subject;
let watch: ReturnType<typeof watchForCrashes>;
beforeAll(async () => {
  altalune = await startTestInstance();
  wire = new Wire(altalune.url);
  subject = await newSubject(altalune);
  watch = watchForCrashes();
});
afterAll(async () => {
  watch.stop();
  wire.close();
  await altalune.stop();
});

// Streams have need of HTTP/2; what the rpcs have in common is seen on two of them.
const unary = rpcs.filter(({ methodKind }) => methodKind === "unary");
const few = rpcs.filter(({ name }) => ["CreateApiKey", "VerifyApiKey", "ServerReflectionInfo"].includes(name));

describe.each([
  ["http1", unary],
  ["http2", few],
] as const)("over %s", (version, reached) => {
  test.each(Object.entries(extremeBodies))("no rpc takes %s for a fault of the server", async (_name, bodyOf) => {
    await inParallel(reached, async (rpc) => {
      // What a deletion is about is gone afterwards.
      const own = rpc.name.startsWith("Delete") ? await newSubject(altalune) : subject;
      const { bytes, headers } = bodyOf({ input: rpc.input, request: validRequest(rpc, own) });
      const authorized = { authorization: authorizationOf(rpc, own, altalune.rootKey), ...headers };
      const answer = await wire[version]({ path: pathOfRpc(rpc), headers: authorized, body: bytes });
      expectNoFault(protocolOf(headers["content-type"] ?? ""), answer);
    });
  });
});

test("after all that the service answers, its trails hold, and nothing went wrong unseen", async () => {
  await expectUnharmed(altalune);
  expect(watch.crashes).toEqual([]);
});

/** Whose codes an answer to a body of this type has. */
function protocolOf(contentType: string): Protocol {
  const name = contentType.includes("grpc-web") ? "gRPC-Web" : contentType.includes("grpc") ? "gRPC" : "Connect JSON";
  const protocol = protocols.find((candidate) => candidate.name === name);
  if (protocol === undefined) {
    throw new Error("there is no such protocol");
  }
  return protocol;
}
