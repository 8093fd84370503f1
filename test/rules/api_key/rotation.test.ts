import { timestampDate } from "@bufbuild/protobuf/wkt";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { digestOf } from "../../../src/domain/api_key/secret-format.js";
import { setClockAhead } from "../../support/clock.js";
import { denialOf } from "../../support/errors.js";
import { expireKey } from "../../support/expire.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";
import { actionsOf } from "../../support/trail.js";
import { codeOf, verdictOf } from "../../support/verdict.js";

const { VALID, NOT_FOUND, EXPIRED, DISABLED, INSUFFICIENT_SCOPE } = VerificationCode;
const hour = 3600n;
const hourMs = 3_600_000;

let altalune: TestInstance;
let projectId: string;
let key: { id: string; value: string };
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients);
});
afterAll(() => altalune.stop());
beforeEach(async () => {
  key = await newApiKey(altalune.clients, projectId, { scopes: ["orders:read"], ownerId: "" });
});
afterEach(() => setClockAhead(altalune.db, 0));

function rotate(request: Parameters<Clients["apiKeys"]["rotateApiKey"]>[0] = {}) {
  return altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: key.id, ...request });
}

function code(value: string) {
  return codeOf(altalune.clients, value);
}

describe("a rotation with a grace period", () => {
  test("leaves both values working, for the key of the same id", async () => {
    const { keyValue, apiKey, previousKeyExpiresAt } = await rotate({ gracePeriod: { seconds: hour } });
    expect(await verdictOf(altalune.clients, key.value)).toMatchObject({ code: VALID, apiKeyId: key.id });
    expect(await verdictOf(altalune.clients, keyValue)).toMatchObject({ code: VALID, apiKeyId: key.id });
    expect(apiKey).toMatchObject({ id: key.id, scopes: ["orders:read"], keyPrefix: keyValue.slice(0, 8) });
    expect(keyValue.slice(0, 8)).not.toBe(key.value.slice(0, 8));
    expect(apiKey?.previousKeyExpiresAt).toEqual(previousKeyExpiresAt);
    expect(apiKey?.lastRotatedAt).toBeDefined();
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created", "api_key.rotated"]);
  });

  test("shows the end of the grace as the expiration of the old value, and the key's own for the new one", async () => {
    const { keyValue, apiKey, previousKeyExpiresAt } = await rotate({ gracePeriod: { seconds: hour } });
    expect((await verdictOf(altalune.clients, key.value)).expiration).toEqual(previousKeyExpiresAt);
    expect((await verdictOf(altalune.clients, keyValue)).expiration).toEqual(apiKey?.expiration);
  });

  test("that outlives the key ends with it, and says so", async () => {
    const { apiKey, previousKeyExpiresAt } = await rotate({ gracePeriod: { seconds: 48n * hour } });
    expect(previousKeyExpiresAt).toEqual(apiKey?.expiration);
    expect(apiKey?.previousKeyExpiresAt).toEqual(apiKey?.expiration);
    expect((await verdictOf(altalune.clients, key.value)).expiration).toEqual(apiKey?.expiration);
    await setClockAhead(altalune.db, dayMs + hourMs);
    expect(await code(key.value)).toBe(EXPIRED);
  });

  test("ends the old value, and only that, when the grace is over", async () => {
    const { keyValue } = await rotate({ gracePeriod: { seconds: hour } });
    await setClockAhead(altalune.db, hourMs - 60_000);
    expect([await code(key.value), await code(keyValue)]).toEqual([VALID, VALID]);
    await setClockAhead(altalune.db, hourMs);
    expect([await code(key.value), await code(keyValue)]).toEqual([EXPIRED, VALID]);
  });

  test("that is rotated again in its grace ends the older value at once", async () => {
    const second = await rotate({ gracePeriod: { seconds: hour } });
    const third = await rotate({ gracePeriod: { seconds: hour } });
    expect(await code(key.value)).toBe(NOT_FOUND);
    expect([await code(second.keyValue), await code(third.keyValue)]).toEqual([VALID, VALID]);
  });

  test("holds the old value to the state and scopes of the key", async () => {
    await rotate({ gracePeriod: { seconds: hour } });
    const lacking = await codeOf(altalune.clients, key.value, { requiredScopes: ["orders:write"] });
    expect(lacking).toBe(INSUFFICIENT_SCOPE);
    await altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: key.id });
    expect(await code(key.value)).toBe(DISABLED);
  });

  test("ends both values with the key when that is deleted", async () => {
    const { keyValue } = await rotate({ gracePeriod: { seconds: hour } });
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: key.id });
    expect([await code(key.value), await code(keyValue)]).toEqual([NOT_FOUND, NOT_FOUND]);
  });
});

describe.each([
  ["without a grace period", undefined],
  ["with a grace period of 0", { seconds: 0n }],
])("a rotation %s", (_what, gracePeriod) => {
  test("ends the old value at once", async () => {
    const { keyValue, previousKeyExpiresAt, apiKey } = await rotate({ gracePeriod });
    expect([await code(key.value), await code(keyValue)]).toEqual([EXPIRED, VALID]);
    expect(previousKeyExpiresAt).toEqual(apiKey?.previousKeyExpiresAt);
    const { lastRotatedAt } = apiKey ?? {};
    expect(previousKeyExpiresAt && timestampDate(previousKeyExpiresAt) <= new Date()).toBe(true);
    expect(lastRotatedAt).toBeDefined();
  });
});

describe("a rotation of an expired key", () => {
  beforeEach(() => expireKey(altalune.db, key.id));

  test("needs a new expiration", async () => {
    expect(await denialOf(rotate())).toMatchObject({ code: "InvalidArgument", fields: ["expiration"] });
    expect(await code(key.value)).toBe(EXPIRED);
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created"]);
  });

  test("with one gives it a value that works", async () => {
    const expiration = fromNow(dayMs);
    const { keyValue, apiKey } = await rotate({ expiration });
    expect(apiKey?.expiration?.seconds).toBe(expiration.seconds);
    expect([await code(key.value), await code(keyValue)]).toEqual([EXPIRED, VALID]);
  });

  test("leaves the old value expired whatever the grace, and says when it ended", async () => {
    const before = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id });
    const { keyValue, previousKeyExpiresAt, apiKey } = await rotate({
      expiration: fromNow(dayMs),
      gracePeriod: { seconds: 24n * hour },
    });
    expect([await code(key.value), await code(keyValue)]).toEqual([EXPIRED, VALID]);
    expect(previousKeyExpiresAt).toEqual(before.apiKey?.expiration);
    expect(apiKey?.previousKeyExpiresAt).toEqual(before.apiKey?.expiration);
    const fromMemory = await altalune.clients.verification.verifyApiKey({ key: key.value });
    expect(fromMemory.code).toBe(EXPIRED);
  });
});

describe("a value that was rotated away", () => {
  const update = (expiration: ReturnType<typeof fromNow>) =>
    altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, expiration });

  test("ends when it would have ended, though the rotation gave the key more time", async () => {
    const { apiKey: before } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id });
    const { keyValue, previousKeyExpiresAt } = await rotate({
      expiration: fromNow(9 * dayMs),
      gracePeriod: { seconds: 48n * hour },
    });
    expect(previousKeyExpiresAt).toEqual(before?.expiration);
    await setClockAhead(altalune.db, dayMs + hourMs);
    expect([await code(key.value), await code(keyValue)]).toEqual([EXPIRED, VALID]);
  });

  test("ends with the key when the rotation gave that less time", async () => {
    const { apiKey, previousKeyExpiresAt } = await rotate({
      expiration: fromNow(2 * hourMs),
      gracePeriod: { seconds: 10n * hour },
    });
    expect(previousKeyExpiresAt).toEqual(apiKey?.expiration);
  });

  test("keeps its end when the key is given more time after the rotation", async () => {
    const { previousKeyExpiresAt } = await rotate({ gracePeriod: { seconds: 48n * hour } });
    const { apiKey } = await update(fromNow(9 * dayMs));
    expect(apiKey?.previousKeyExpiresAt).toEqual(previousKeyExpiresAt);
    await setClockAhead(altalune.db, dayMs + hourMs);
    expect(await code(key.value)).toBe(EXPIRED);
  });

  test("is not brought back by the update that brings its key back", async () => {
    const { keyValue } = await rotate({ gracePeriod: { seconds: 10n * hour } });
    const { apiKey: cut } = await update(fromNow(hourMs));
    expect(cut?.previousKeyExpiresAt).toEqual(cut?.expiration);
    await setClockAhead(altalune.db, 2 * hourMs);
    expect([await code(key.value), await code(keyValue)]).toEqual([EXPIRED, EXPIRED]);
    const { apiKey } = await update(fromNow(dayMs));
    expect(apiKey?.previousKeyExpiresAt).toEqual(cut?.expiration);
    expect([await code(key.value), await code(keyValue)]).toEqual([EXPIRED, VALID]);
  });

  test("is not brought back by a second rotation either", async () => {
    const second = await rotate({ gracePeriod: { seconds: hour } });
    await setClockAhead(altalune.db, dayMs + hourMs);
    const third = await rotate({ expiration: fromNow(9 * dayMs), gracePeriod: { seconds: 24n * hour } });
    expect(await code(key.value)).toBe(NOT_FOUND);
    expect([await code(second.keyValue), await code(third.keyValue)]).toEqual([EXPIRED, VALID]);
  });
});

describe("a rotation", () => {
  test("without an expiration leaves it as it was", async () => {
    const { apiKey: before } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id });
    const { apiKey } = await rotate();
    expect(apiKey?.expiration).toEqual(before?.expiration);
  });

  test("leaves a key that is off, off", async () => {
    await altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: key.id });
    expect(await code((await rotate()).keyValue)).toBe(DISABLED);
  });

  test("gives the value the prefix that the project has now", async () => {
    const changing = await newProject(altalune.clients, { keyPrefix: "before_" });
    const { id } = await newApiKey(altalune.clients, changing);
    await altalune.clients.projects.updateProject({ projectId: changing, keyPrefix: "after_" });
    const { keyValue, apiKey } = await rotate({ projectId: changing, apiKeyId: id });
    expect(keyValue).toMatch(/^after_/);
    expect(apiKey?.keyPrefix).toBe(keyValue.slice(0, "after_".length + 5));
  });

  test("keeps no secret but the current and the one before", async () => {
    const { db } = altalune;
    const values = [key.value];
    for (let i = 0; i < 3; i++) {
      values.push((await rotate({ gracePeriod: { seconds: hour } })).keyValue);
    }
    const rows = await db
      .selectFrom("altalune_api_key_secrets")
      .select("digest")
      .where("digest", "in", values.map(digestOf))
      .execute();
    const kept = values.slice(-2).map((value) => digestOf(value).toString("hex"));
    expect(rows.map(({ digest }) => digest.toString("hex")).toSorted()).toEqual(kept.toSorted());
  });
});

describe("a rotation of a signing secret", () => {
  test("lets the one before end with the key, for good", async () => {
    await rotateSecret();
    const { apiKey, previousSecretExpiresAt } = await rotateSecret({ seconds: 48n * hour });
    expect(previousSecretExpiresAt).toEqual(apiKey?.expiration);
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, expiration: fromNow(hourMs) });
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, expiration: fromNow(9 * dayMs) });
    const { previous_signing_secret_expires_at: end } = await altalune.db
      .selectFrom("altalune_project_api_keys")
      .select("previous_signing_secret_expires_at")
      .where("public_id", "=", key.id)
      .executeTakeFirstOrThrow();
    expect(end && Math.abs(end.getTime() - Date.now() - hourMs)).toBeLessThan(60_000);
  });

  const rotateSecret = (gracePeriod?: { seconds: bigint }) =>
    altalune.clients.apiKeys.rotateSigningSecret({ projectId, apiKeyId: key.id, gracePeriod });

  test("gives a key its first, which has no predecessor", async () => {
    const { apiKey, signingSecret, previousSecretExpiresAt } = await rotateSecret({ seconds: hour });
    expect(signingSecret).not.toBe("");
    expect(apiKey?.hasSigningSecret).toBe(true);
    expect(previousSecretExpiresAt).toBeUndefined();
  });

  test("gives it another, and says when the one before ends; the key's value stays", async () => {
    const first = await rotateSecret();
    const second = await rotateSecret({ seconds: hour });
    expect(second.signingSecret).not.toBe(first.signingSecret);
    const endsAt = second.previousSecretExpiresAt && timestampDate(second.previousSecretExpiresAt).getTime();
    const rotatedAt = second.apiKey?.updatedAt && timestampDate(second.apiKey.updatedAt).getTime();
    expect(endsAt).toBeGreaterThan((rotatedAt ?? 0) + hourMs - 60_000);
    expect(await code(key.value)).toBe(VALID);
    const actions = ["api_key.created", "signing_secret.rotated", "signing_secret.rotated"];
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(actions);
  });
});
