import { timestampDate } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { UnclaimedValue } from "../../../gen/altalune/v1/rotation_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { waitingValueRepo } from "../../../src/domain/api_key/repo/waiting-values.js";
import { digestOf } from "../../../src/domain/api_key/secret-format.js";
import { dumpOf } from "../../search/secrecy/dump.js";
import { SecretFinder } from "../../search/secrecy/secret-finder.js";
import { setClockAhead } from "../../support/clock.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { owner } from "../../support/owners.js";
import { letRotate, waitingKeys } from "../../support/rotation.js";
import { actionsOf } from "../../support/trail.js";
import { codeOf } from "../../support/verdict.js";

const { VALID, EXPIRED } = VerificationCode;
const hourMs = dayMs / 24;
const nothingWaits = { code: "NotFound", reason: "ROTATED_KEY_NOT_FOUND" };

let altalune: TestInstance;
let other: TestInstance;
let projectId: string;
let key: { id: string; value: string };
beforeAll(async () => {
  altalune = await startTestInstance();
  other = await startTestInstance({ beside: altalune });
  projectId = await newProject(altalune.clients, { maxKeysPerOwner: 0 });
});
afterAll(async () => {
  await other.stop();
  await altalune.stop();
});
afterEach(() => setClockAhead(altalune.db, 0));

const policy = (unclaimed: UnclaimedValue) => ({ every: { seconds: 86_400n }, grace: { seconds: 3600n }, unclaimed });
const claim = () => altalune.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: key.id });
const stored = async () => (await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id })).apiKey;

describe.each([
  ["keeps the value before until then", UnclaimedValue.KEEP],
  ["ends the value before with its grace", UnclaimedValue.END],
])("a value that waits to be claimed, by a policy that %s,", (_what, unclaimed) => {
  beforeEach(async () => {
    key = await newApiKey(altalune.clients, projectId, { ownerId: "alice", rotationPolicy: policy(unclaimed) });
    await letRotate(altalune, key.id);
  });

  test("is one and the same to fifty who claim it at once, on two instances", async () => {
    const claims = Array.from({ length: 50 }, (_, i) =>
      (i % 2 === 0 ? altalune : other).clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: key.id }),
    );
    const values = new Set((await Promise.all(claims)).map(({ keyValue }) => keyValue));
    expect(values.size).toBe(1);
    const [value = ""] = values;
    expect(value).not.toBe(key.value);
    expect(await codeOf(altalune.clients, value)).toBe(VALID);
    expect(await codeOf(other.clients, key.value)).toBe(VALID);
    const actions = await actionsOf(altalune.clients, projectId, key.id);
    expect(actions).toEqual(["api_key.created", "api_key.rotated", ...Array(50).fill("api_key.claimed")]);
  });

  test("can be claimed again until the grace ends, and not after that", async () => {
    const { keyValue, previousKeyExpiresAt, apiKey } = await claim();
    expect(apiKey).toMatchObject({ id: key.id, keyPrefix: keyValue.slice(0, 8), previousKeyExpiresAt });
    expect((await claim()).keyValue).toBe(keyValue);
    const endMs = (previousKeyExpiresAt ? timestampDate(previousKeyExpiresAt).getTime() : 0) - Date.now();
    expect(endMs).toBeGreaterThan(hourMs - 60_000);
    await setClockAhead(altalune.db, hourMs + 60_000);
    expect(await denialOf(claim())).toMatchObject(nothingWaits);
    expect([await codeOf(altalune.clients, key.value), await codeOf(altalune.clients, keyValue)]).toEqual([
      EXPIRED,
      VALID,
    ]);
    await altalune.services.apiKeys.dropEndedValues();
    expect(await waitingKeys(altalune)).not.toContain(key.id);
  });

  test("is gone once it was used, and that waits for nobody who holds its secret: whoever rotates comes to the value after it", async () => {
    const { keyValue } = await claim();
    const use = await altalune.db
      .selectFrom("altalune_api_key_secrets")
      .select(["project_id as projectId", "api_key_id as apiKeyId", "digest"])
      .where("digest", "=", digestOf(keyValue))
      .where("awaits_use", "=", true)
      .executeTakeFirstOrThrow();
    await altalune.db.transaction().execute(async (tx) => {
      await sql`select from altalune_api_key_secrets where digest = ${use.digest} for update`.execute(tx);
      await waitingValueRepo.dropUsed(other.db, [use]);
      expect(await waitingKeys(altalune)).not.toContain(key.id);
    });
    expect(await denialOf(claim())).toMatchObject(nothingWaits);
  });

  test("is gone from the database once it was used, and cannot be claimed any more", async () => {
    const finder = new SecretFinder();
    const { keyValue } = await claim();
    finder.add("the new value", keyValue);
    expect(await waitingKeys(altalune)).toContain(key.id);
    // Of the one before nothing follows.
    expect((await altalune.clients.verification.verifyApiKey({ key: key.value })).code).toBe(VALID);
    await altalune.services.apiKeys.dropEndedValues();
    expect((await claim()).keyValue).toBe(keyValue);
    expect((await other.clients.verification.verifyApiKey({ key: keyValue })).code).toBe(VALID);
    await expect.poll(() => waitingKeys(altalune), { timeout: 10_000 }).not.toContain(key.id);
    expect(await denialOf(claim())).toMatchObject(nothingWaits);
    const dump = await dumpOf(altalune.databaseUrl);
    expect(finder.findIn(dump)).toEqual([]);
    expect(finder.findIn([...altalune.logLines, ...other.logLines].map((line) => ["log", line]))).toEqual([]);
    expect((await other.clients.verification.verifyApiKey({ key: keyValue })).code).toBe(VALID);
  });

  test("is told to its owner, and to no other", async () => {
    const alice = await owner(altalune, projectId, "alice");
    const bob = await owner(altalune, projectId, "bob");
    expect(await denialOf(bob.claimMyRotatedKey({ apiKeyId: key.id }))).toMatchObject({ reason: "API_KEY_NOT_FOUND" });
    const { keyValue } = await alice.claimMyRotatedKey({ apiKeyId: key.id });
    expect(keyValue).toBe((await claim()).keyValue);
    expect(await codeOf(altalune.clients, keyValue)).toBe(VALID);
  });

  test("goes when the key is revoked or deleted", async () => {
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: key.id, reason: 1 });
    expect(await denialOf(claim())).toMatchObject({ reason: "API_KEY_REVOKED" });
    expect(await waitingKeys(altalune)).not.toContain(key.id);
    expect((await stored())?.nextRotationAt).toBeUndefined();
    const next = await newApiKey(altalune.clients, projectId, { rotationPolicy: policy(unclaimed) });
    await letRotate(altalune, next.id);
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: next.id });
    expect(await denialOf(altalune.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId: next.id }))).toMatchObject({
      reason: "API_KEY_NOT_FOUND",
    });
    expect(await waitingKeys(altalune)).not.toContain(next.id);
  });

  test("goes when the key is rotated by hand, whose value takes its place", async () => {
    const rotated = await altalune.clients.apiKeys.rotateApiKey({
      projectId,
      apiKeyId: key.id,
      gracePeriod: { seconds: 3600n },
    });
    expect(await denialOf(claim())).toMatchObject(nothingWaits);
    expect(await codeOf(altalune.clients, rotated.keyValue)).toBe(VALID);
    // The one before is that of the key, or the waiting one if that was in force: nobody else has it.
    const isKept = unclaimed === UnclaimedValue.KEEP;
    expect(await codeOf(altalune.clients, key.value)).toBe(isKept ? VALID : VerificationCode.NOT_FOUND);
    expect(await waitingKeys(altalune)).not.toContain(key.id);
  });

  test("cannot be claimed of a key that has expired", async () => {
    await setClockAhead(altalune.db, dayMs + hourMs);
    expect(await denialOf(claim())).toMatchObject(nothingWaits);
    await altalune.services.apiKeys.dropEndedValues();
    expect(await waitingKeys(altalune)).not.toContain(key.id);
  });
});

test("nothing can be claimed of a key that was never rotated, of another project, or of none", async () => {
  key = await newApiKey(altalune.clients, projectId);
  expect(await denialOf(claim())).toMatchObject(nothingWaits);
  await letRotate(altalune, key.id);
  const elsewhere = await newProject(altalune.clients);
  const { claimRotatedKey } = altalune.clients.apiKeys;
  for (const apiKeyId of [key.id, "2".repeat(14)]) {
    expect(await denialOf(claimRotatedKey({ projectId: elsewhere, apiKeyId }))).toMatchObject({
      reason: "API_KEY_NOT_FOUND",
    });
  }
  expect((await claim()).keyValue).not.toBe("");
});

test("a value that waits is of no use before it is claimed, where the switch is put off, even to who holds it", async () => {
  key = await newApiKey(altalune.clients, projectId, { rotationPolicy: policy(UnclaimedValue.KEEP) });
  await letRotate(altalune, key.id);
  const known = await sql`
    select from altalune_api_key_secrets
    where digest in (
      select waiting.digest from altalune_waiting_values as waiting
      join altalune_project_api_keys as key on key.project_id = waiting.project_id and key.id = waiting.api_key_id
      where key.public_id = ${key.id}
    )
  `.execute(altalune.db);
  const before = await stored();
  expect(before?.keyPrefix).toBe(key.value.slice(0, 8));
  expect(before?.lastRotatedAt).toBeUndefined();
  const claimed = await claim();
  expect(known.rows).toEqual([]);
  expect(claimed.apiKey?.lastRotatedAt).toBeDefined();
  expect(claimed.apiKey?.etag).not.toBe(before?.etag);
});
