import { fromJson, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VerifyApiKeyRequestSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { someOf } from "../../support/effort.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { inParallel } from "../../support/in-parallel.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { binaryPlacements } from "./binary-placements.js";
import { dumpOf } from "./dump.js";
import { jsonPlacements, type Placement } from "./json-placements.js";
import { type Protocol, protocols } from "./protocols.js";
import { authorizationOf, newSubject, pathOfRpc, rpcs, validRequest } from "./rpcs.js";
import { type Find, SecretFinder } from "./secret-finder.js";
import { Wire, wholeText } from "./wire.js";

const environmentKey = `not.of.our.shape.${crypto.randomUUID().replaceAll("-", "")}`.slice(0, 40);
const secrets = ["a key", "the caller's root key", "ALTALUNE_ROOT_KEY"] as const;

let altalune: TestInstance;
let wire: Wire;
const finder = new SecretFinder();
/** Each secret, and the root key of whoever puts it into the wrong field. */
let misplaced: Record<(typeof secrets)[number], { readonly secret: string; readonly caller: string }>;

beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_ROOT_KEY: environmentKey } });
  wire = new Wire(altalune.url);
  const { value: key } = await newApiKey(altalune.clients, await newProject(altalune.clients));
  const { keyValue: rootKey } = await altalune.services.rootKeys.create(commandLineCaller, {
    name: "of the caller",
    scopes: ["*"],
    projects: undefined,
    expiresAt: undefined,
  });
  misplaced = {
    "a key": { secret: key, caller: rootKey },
    "the caller's root key": { secret: rootKey, caller: rootKey },
    ALTALUNE_ROOT_KEY: { secret: environmentKey, caller: environmentKey },
  };
  for (const name of secrets) {
    finder.add(name, misplaced[name].secret);
  }
});

afterAll(async () => {
  wire.close();
  await altalune.stop();
});

describe.each(secrets)("%s in a field where it does not belong, or of the wrong type", (name) => {
  test.each(protocols)("comes back in no response of any rpc over $name", async (protocol) => {
    const finds: Find[] = [];
    const rights: string[] = [];
    const failures: string[] = [];
    for (const rpc of rpcs.filter(({ methodKind }) => methodKind === "unary" || protocol.streams)) {
      const subject = await newSubject(altalune);
      const { secret, caller } = misplaced[name];
      // What looks like no secret of ours is known as one to whom it belongs alone, which is no owner of keys.
      const isKnown = secret === environmentKey;
      const headers = { authorization: isKnown ? `Bearer ${caller}` : authorizationOf(rpc, subject, caller) };
      const send = (message: string | Uint8Array) => protocol.send(wire, pathOfRpc(rpc), message, headers);

      const valid = validRequest(rpc, subject);
      await inParallel(someOf(placements(protocol, rpc.input, valid, secret)), async ({ where, message }) => {
        const answer = await send(message);
        finds.push(...finder.findIn([[`${rpc.name}, ${where}`, wholeText(answer)]]));
        const code = protocol.codeOf(answer) ?? `http ${answer.status}`;
        rights.push(code);
        if (["internal", "unknown", "data_loss"].includes(code)) {
          failures.push(`${rpc.name}, ${where}: ${code}`);
        }
      });
    }
    expect(finds).toEqual([]);
    // They were read, and most of them refused for what they hold.
    expect(rights.filter((code) => code === "invalid_argument").length).toBeGreaterThan(rights.length / 2);
    expect(failures).toEqual([]);
  });
});

test("what stood in a wrong field stands in no log line and in no table afterwards", async () => {
  expect(finder.findIn(altalune.logLines.map((line) => [line.slice(0, 200), line]))).toEqual([]);
  expect(finder.findIn(await dumpOf(altalune.databaseUrl))).toEqual([]);
  expect(altalune.logLines.length).toBeGreaterThan(1000);
});

function placements(
  { encoding }: Protocol,
  input: (typeof rpcs)[number]["input"],
  valid: ReturnType<typeof validRequest>,
  secret: string,
): Iterable<Placement<string | Uint8Array>> {
  const rightField = VerifyApiKeyRequestSchema.field.key;
  return encoding === "json"
    ? jsonPlacements(input, valid, secret, rightField)
    : binaryPlacements(input, toBinary(input, fromJson(input, valid)), secret, rightField);
}
