import { createHmac, randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { durationFromMs, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { dumpOf } from "../../search/secrecy/dump.js";
import { setClockAhead, stopClockAt } from "../../support/clock.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newSigningKey, type SigningKey, signedBy, verdictOn } from "./signed.js";

const minuteMs = 60_000;
const toleranceMs = 5 * minuteMs;

let altalune: TestInstance;
let key: SigningKey;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  key = await newSigningKey(altalune.clients);
});

test("what is moved from one part to its neighbour does not verify", async () => {
  const request = signedBy(key, { nonce: "nonce-nonce", method: "GET", path: "/a" });
  expect(await verdictOn(altalune, { ...request, nonce: "nonce-nonceG", method: "ET" })).toBe("SIGNATURE_INVALID");
  expect(await verdictOn(altalune, { ...request, method: "GET/", path: "a" })).toBe("SIGNATURE_INVALID");
  expect(await verdictOn(altalune, { ...request, method: "get" })).toBe("SIGNATURE_INVALID");
});

test("a method is compared as it is: one in lower case verifies where that was signed, and only there", async () => {
  for (const method of ["get", "Get"]) {
    const request = signedBy(key, { nonce: randomUUID() });
    const { seconds = 0n, nanos = 0 } = request.timestamp ?? {};
    const time = seconds * 1000n + BigInt(nanos / 1_000_000);
    const bodyHash = Buffer.from(request.bodySha256).toString("hex");
    const { apiKeyId, projectId, nonce, path } = request;
    const signed = ["altalune-signed-request-v1", apiKeyId, projectId, time, nonce, method, path, bodyHash].join("\n");
    const signature = createHmac("sha256", key.signingSecret).update(signed).digest();
    expect(await verdictOn(altalune, { ...request, method: "GET", signature })).toBe("SIGNATURE_INVALID");
    expect(await verdictOn(altalune, { ...request, method, signature })).toBe("VALID");
  }
});

test("another key's secret does not sign for this key", async () => {
  const other = await newSigningKey(altalune.clients, { projectId: key.projectId });
  const forged = signedBy({ ...key, signingSecret: other.signingSecret });
  expect(await verdictOn(altalune, forged)).toBe("SIGNATURE_INVALID");
  expect(await verdictOn(altalune, { ...signedBy(other), apiKeyId: key.apiKeyId })).toBe("SIGNATURE_INVALID");
});

test("a key without a signing secret signs nothing", async () => {
  const { id: apiKeyId, value } = await newApiKey(altalune.clients, key.projectId);
  for (const signingSecret of [value, apiKeyId, "null", "undefined"]) {
    const request = signedBy({ projectId: key.projectId, apiKeyId, signingSecret });
    expect(await verdictOn(altalune, request)).toBe("SIGNATURE_INVALID");
  }
});

describe("the clock", () => {
  const now = new Date("2026-03-01T12:00:00.500Z");
  let server: TestInstance;
  beforeAll(async () => {
    server = await startTestInstance();
  });
  afterAll(() => server.stop());

  test.each([
    ["five minutes old", -toleranceMs, "VALID"],
    ["a millisecond older", -toleranceMs - 1, "SIGNATURE_INVALID"],
    ["five minutes ahead", toleranceMs, "VALID"],
    ["a millisecond further ahead", toleranceMs + 1, "SIGNATURE_INVALID"],
    ["of 1970", -now.getTime(), "SIGNATURE_INVALID"],
  ])("a request %s", async (_what, offset, expected) => {
    const signer = await newSigningKey(server.clients);
    await stopClockAt(server.db, now);
    const request = signedBy(signer, { timestamp: new Date(now.getTime() + offset) });
    expect(await verdictOn(server, request)).toBe(expected);
  });

  test("is the database's, not the instance's", async () => {
    const signer = await newSigningKey(server.clients);
    await setClockAhead(server.db, 10 * minuteMs);
    expect(await verdictOn(server, signedBy(signer))).toBe("SIGNATURE_INVALID");
    const ahead = signedBy(signer, { timestamp: new Date(Date.now() + 10 * minuteMs) });
    expect(await verdictOn(server, ahead)).toBe("VALID");
  });

  test("times that no signer can have meant are refused", async () => {
    for (const seconds of [253_402_300_799n, -62_135_596_800n]) {
      const request = { ...signedBy(key), timestamp: create(TimestampSchema, { seconds }) };
      expect(await verdictOn(altalune, request)).toBe("SIGNATURE_INVALID");
    }
  });

  test("a time finer than what is signed fits no signature", async () => {
    const request = signedBy(key, { timestamp: new Date(Date.now()) });
    const { seconds = 0n, nanos = 0 } = request.timestamp ?? {};
    const finer = { ...request, timestamp: create(TimestampSchema, { seconds, nanos: nanos + 1 }) };
    expect(await verdictOn(altalune, finer)).toBe("SIGNATURE_INVALID");
  });
});

describe("rotation of the signing secret", () => {
  const rotate = async ({ projectId, apiKeyId }: SigningKey, graceMs: number) => {
    const { signingSecret } = await altalune.clients.apiKeys.rotateSigningSecret({
      projectId,
      apiKeyId,
      gracePeriod: durationFromMs(graceMs),
    });
    return { projectId, apiKeyId, signingSecret };
  };

  test("without a grace ends the secret before at once", async () => {
    const before = await newSigningKey(altalune.clients);
    const after = await rotate(before, 0);
    expect(await verdictOn(altalune, signedBy(before))).toBe("SIGNATURE_INVALID");
    expect(await verdictOn(altalune, signedBy(after))).toBe("VALID");
  });

  test("with a grace lets both sign until it ends", async () => {
    await using server = await startTestInstance();
    const before = await newSigningKey(server.clients);
    const { signingSecret } = await server.clients.apiKeys.rotateSigningSecret({
      projectId: before.projectId,
      apiKeyId: before.apiKeyId,
      gracePeriod: durationFromMs(minuteMs),
    });
    const after = { ...before, signingSecret };
    expect(await verdictOn(server, signedBy(before))).toBe("VALID");
    expect(await verdictOn(server, signedBy(after))).toBe("VALID");
    await setClockAhead(server.db, minuteMs + 1000);
    expect(await verdictOn(server, signedBy(before))).toBe("SIGNATURE_INVALID");
    expect(await verdictOn(server, signedBy(after))).toBe("VALID");
  });

  test("during a grace ends the older secret", async () => {
    const first = await newSigningKey(altalune.clients);
    const second = await rotate(first, minuteMs);
    const third = await rotate(second, minuteMs);
    expect(await verdictOn(altalune, signedBy(first))).toBe("SIGNATURE_INVALID");
    expect(await verdictOn(altalune, signedBy(second))).toBe("VALID");
    expect(await verdictOn(altalune, signedBy(third))).toBe("VALID");
  });

  test("gives a key without one its first", async () => {
    const { id: apiKeyId } = await newApiKey(altalune.clients, key.projectId);
    const first = await rotate({ projectId: key.projectId, apiKeyId, signingSecret: "" }, minuteMs);
    expect(await verdictOn(altalune, signedBy(first))).toBe("VALID");
  });

  test("and a nonce stays used", async () => {
    const before = await newSigningKey(altalune.clients);
    const nonce = crypto.randomUUID();
    expect(await verdictOn(altalune, signedBy(before, { nonce }))).toBe("VALID");
    const after = await rotate(before, minuteMs);
    expect(await verdictOn(altalune, signedBy(after, { nonce }))).toBe("REPLAYED");
  });
});

test("a rotation of the key leaves its signing secret", async () => {
  const signer = await newSigningKey(altalune.clients);
  await altalune.clients.apiKeys.rotateApiKey({ projectId: signer.projectId, apiKeyId: signer.apiKeyId });
  expect(await verdictOn(altalune, signedBy(signer))).toBe("VALID");
});

test("a signing secret's ciphertext is of no use to another key", async () => {
  const other = await newSigningKey(altalune.clients, { projectId: key.projectId });
  const { signing_secret } = await altalune.db
    .selectFrom("altalune_project_api_keys")
    .select("signing_secret")
    .where("public_id", "=", other.apiKeyId)
    .executeTakeFirstOrThrow();
  const victim = await newSigningKey(altalune.clients, { projectId: key.projectId });
  await altalune.db
    .updateTable("altalune_project_api_keys")
    .set({ signing_secret })
    .where("public_id", "=", victim.apiKeyId)
    .execute();
  const forged = signedBy({ ...victim, signingSecret: other.signingSecret });
  expect(await denialOf(altalune.clients.verification.verifySignedRequest(forged))).toMatchObject({
    code: "Internal",
  });
});

test("neither the database nor the log holds a signing secret in clear", async () => {
  const made = await newSigningKey(altalune.clients);
  const { signingSecret } = await altalune.clients.apiKeys.rotateSigningSecret({
    projectId: made.projectId,
    apiKeyId: made.apiKeyId,
    gracePeriod: durationFromMs(minuteMs),
  });
  expect(await verdictOn(altalune, signedBy(made))).toBe("VALID");
  expect(await verdictOn(altalune, signedBy({ ...made, signingSecret: "sign_wrong" }))).toBe("SIGNATURE_INVALID");
  const places = await dumpOf(altalune.databaseUrl);
  expect(places.some(([, text]) => text.includes(made.apiKeyId))).toBe(true);
  for (const secret of [made.signingSecret, signingSecret]) {
    for (const form of [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")]) {
      expect(places.filter(([, text]) => text.includes(form)).map(([place]) => place)).toEqual([]);
      expect(altalune.logLines.some((line) => line.includes(form))).toBe(false);
    }
  }
});
