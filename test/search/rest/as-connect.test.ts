import {
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TierService } from "../../../gen/altalune/v1/tier_pb.js";
import { jsonOptions } from "../../../src/server/faces/json-options.js";
import { connectTo } from "../../rules/authority/call.js";
import { everyRpc, nameOf } from "../../rules/authority/every-rpc.js";
import { casesOf } from "../../support/effort.js";
import { denialOf } from "../../support/errors.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { restTransport } from "../../support/rest-transport.js";
import { letRotate } from "../../support/rotation.js";
import { jsonRequest } from "../fuzz/json-requests.js";
import { expectUnharmed } from "../fuzz/judgement.js";
import { authorizationOf, newSubject, type Subject, validRequest } from "../secrecy/rpcs.js";
import { placeholders } from "../unary/calls.js";
import { wrongFields } from "../unary/wrong-fields.js";

/** Generated requests of each rpc; more in a longer search: REST_RUNS=2000 vitest run test/search/rest. */
const runs = Number(process.env["REST_RUNS"] ?? casesOf(60));

/** What two calls that are alike do not have in common: each makes a thing of its own, at a moment of its own. */
const own = new Set([
  ...["id", "apiKeyId", "keyValue", "keyPrefix", "key_prefix", "signingSecret", "hash", "headHash", "resourceId"],
  ...[
    "requestId",
    "nextPageToken",
    "etag",
    "url",
    "invitationUrl",
    "token",
    "email",
    "secret",
    "eventId",
    "event_id",
    "payload",
  ],
]);
const ownText = /^\d{4}-\d\d-\d\dT[\d:.]+Z$|^(key|project) \d+$/;

let altalune: TestInstance;
let connect: Transport;
let rest: Transport;
beforeAll(async () => {
  // A delivery that goes on between two calls would tell each another number of attempts.
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  connect = connectTo(altalune.url);
  rest = restTransport(altalune.url, undefined, connect);
});
afterAll(() => altalune.stop());

describe("a request over REST has the message or the reason that it has over Connect", () => {
  test.each(everyRpc.map((rpc) => [nameOf(rpc), rpc] as const))("%s", { timeout: 300_000 }, async (_name, rpc) => {
    const ends = /^(Delete|Revoke|Rotate|Exchange)/.test(rpc.name);
    let subjects = await newSubjects();
    for (const { apiKeyId } of rpc.name.startsWith("Claim") ? subjects : []) {
      await letRotate(altalune, apiKeyId);
    }
    const generated = jsonRequest(rpc.input, () => validRequest(rpc, placeholders), placeholders);
    const requests = [
      JSON.stringify(validRequest(rpc, placeholders)),
      ...[...wrongFields(rpc.input, () => validRequest(rpc, placeholders))].map((request) => JSON.stringify(request)),
      ...fc.sample(generated, runs),
    ];
    let sent = 0;
    for (const request of requests) {
      const [first, second] = subjects.map((subject) => messageOf(rpc, named(request, subject)));
      if (first === undefined || second === undefined) {
        continue;
      }
      sent += 1;
      const overConnect = await outcomeOf(connect, rpc, first, subjects[0]);
      expect(await outcomeOf(rest, rpc, second, subjects[1]), request.slice(0, 500)).toEqual(overConnect);
      subjects = ends && !("reason" in overConnect) ? await newSubjects() : subjects;
    }
    expect(sent).toBeGreaterThan(0);
  });

  test("and nothing went wrong unseen", () => expectUnharmed(altalune));
});

async function newSubjects(): Promise<readonly [Subject, Subject]> {
  return [await newSubject(altalune), await newSubject(altalune)];
}

/** Undefined: the text is none of the rpc's messages, and so cannot be said by a route. */
function messageOf(rpc: DescMethodUnary, text: string): Message | undefined {
  try {
    const message = fromJson(rpc.input, JSON.parse(text) as JsonValue, jsonOptions);
    // An infinite number may be read, but no client can write it.
    const json = toJson(rpc.input, message) as JsonObject;
    // In a query an enum is said by its name alone: the number of none is refused before anything else is looked at.
    return rpc.input.fields.some(
      ({ fieldKind, jsonName }) => fieldKind === "enum" && typeof json[jsonName] === "number",
    )
      ? undefined
      : message;
  } catch {
    return undefined;
  }
}

function named(text: string, { projectId, apiKeyId, key, token, code, webhookId, eventId }: Subject): string {
  return text
    .replaceAll(placeholders.projectId, projectId)
    .replaceAll(placeholders.webhookId, webhookId)
    .replaceAll(placeholders.eventId, eventId)
    .replaceAll(placeholders.apiKeyId, apiKeyId)
    .replaceAll(placeholders.key, key)
    .replaceAll(placeholders.token, token)
    .replaceAll(placeholders.code, code);
}

async function outcomeOf(transport: Transport, rpc: DescMethodUnary, message: Message, subject: Subject) {
  if (rpc === TierService.method.deleteTier) {
    // Tiers are the instance's: one call would leave nothing to the other.
    await altalune.clients.tiers.upsertTier({ tier: { name: "gold", rateLimits: { perDay: 5 } } });
  }
  const called = transport.unary(
    rpc,
    undefined,
    undefined,
    { authorization: authorizationOf(rpc, subject, altalune.rootKey) },
    message,
  );
  try {
    const { message: answer } = await called;
    return { answer: masked(toJson(rpc.output, answer) as JsonObject, subject) };
  } catch {
    const { code, reason, fields } = await denialOf(called);
    return { code, reason, fields };
  }
}

function masked(value: JsonValue, subject: Subject, name = ""): JsonValue {
  if (Array.isArray(value)) {
    return value.map((item) => masked(item, subject, name));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, subject, key)]));
  }
  if (typeof value !== "string" || value === "") {
    return value;
  }
  return own.has(name) || ownText.test(value) ? "its own" : value.replaceAll(subject.projectId, placeholders.projectId);
}
