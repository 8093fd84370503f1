import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { noAttachments } from "../../src/domain/attachment.js";
import { type UsageBatch, usageCodes } from "../../src/domain/usage/model.js";
import { usageRepo } from "../../src/domain/usage/repo.js";
import { newApiKey, newProject } from "../setup/fixtures.js";
import { startTestInstance, type TestInstance } from "../setup/instance.js";

const hourMs = 3_600_000;
const [valid, revoked] = [usageCodes.indexOf("valid") + 1, usageCodes.indexOf("revoked") + 1];
const noon = Date.UTC(2030, 5, 15, 12);

let instance: TestInstance;
let key: { readonly projectId: bigint; readonly apiKeyId: bigint };
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());
beforeEach(async () => {
  const { id } = await newApiKey(instance.clients, await newProject(instance.clients));
  key = await instance.db
    .selectFrom("altalune_project_api_keys")
    .select(["project_id as projectId", "id as apiKeyId"])
    .where("public_id", "=", id)
    .executeTakeFirstOrThrow();
});

/** One verification of each of these codes by each of these keys, all of them at the start of an hour. */
function batchOf(sequence: bigint, hour: number, codes: readonly number[], apiKeyIds = [key.apiKeyId]): UsageBatch {
  const rows = apiKeyIds.flatMap((apiKeyId) => codes.map((code) => ({ apiKeyId, code })));
  return {
    sequence,
    hour: new Date(hour),
    projectIds: rows.map(() => key.projectId),
    apiKeyIds: rows.map(({ apiKeyId }) => apiKeyId),
    codes: rows.map(({ code }) => code),
    verifications: rows.map(() => 1),
    lastUsedMs: rows.map(({ code }) => (code === valid ? hour : 0)),
  };
}

async function counts(apiKeyId?: bigint) {
  const [from, until] = [new Date(noon - 24 * hourMs), new Date(noon + 24 * hourMs)];
  const buckets = await usageRepo.buckets(instance.db, key.projectId, apiKeyId, from, until, "hour");
  return buckets.map(({ start, counts }) => [start.getTime(), ...counts]);
}

async function kept(): Promise<number> {
  const { rows } = await sql<{ batches: number }>`
    select count(*)::integer as batches from altalune_usage_journal
  `.execute(instance.db);
  return rows[0]?.batches ?? Number.NaN;
}

async function lastUsedAt(): Promise<Date | undefined> {
  const row = await instance.db
    .selectFrom("altalune_api_key_activity")
    .select("last_used_at")
    .where("project_id", "=", key.projectId)
    .where("api_key_id", "=", key.apiKeyId)
    .executeTakeFirst();
  return row?.last_used_at ?? undefined;
}

test("what is in the journal is counted at once, and counts the same when it is added up", async () => {
  await usageRepo.keep(instance.db, "counted", batchOf(1n, noon, [valid, revoked, valid]));
  await usageRepo.add(instance.db, "counted", batchOf(2n, noon, [valid]));
  await usageRepo.keep(instance.db, "another", batchOf(1n, noon + hourMs, [valid], [key.apiKeyId, 1n]));
  const ofKey = [
    [noon, ["valid", 3n], ["revoked", 1n]],
    [noon + hourMs, ["valid", 1n]],
  ];
  const ofProject = [
    [noon, ["valid", 3n], ["revoked", 1n]],
    [noon + hourMs, ["valid", 2n]],
  ];
  expect(await counts(key.apiKeyId)).toEqual(ofKey);
  expect(await counts()).toEqual(ofProject);
  expect(await lastUsedAt()).toEqual(new Date(noon));

  await instance.services.usage.addUpJournal("all");
  expect(await kept()).toBe(0);
  expect(await counts(key.apiKeyId)).toEqual(ofKey);
  expect(await counts()).toEqual(ofProject);
  expect(await lastUsedAt()).toEqual(new Date(noon + hourMs));
});

test("a batch that is sent twice is kept once, also when it was added up in between", async () => {
  const batch = batchOf(1n, noon, [valid]);
  await usageRepo.keep(instance.db, "twice", batch);
  await usageRepo.keep(instance.db, "twice", batch);
  await instance.services.usage.addUpJournal("all");
  await usageRepo.keep(instance.db, "twice", batch);
  await usageRepo.add(instance.db, "twice", batch);
  expect(await kept()).toBe(0);
  expect(await counts()).toEqual([[noon, ["valid", 1n]]]);
});

test("batches are left to lie for a while, and those of an instance that is gone are added up by another", async () => {
  await usageRepo.keep(instance.db, "gone", batchOf(1n, noon, [valid]));
  expect(await usageRepo.addUpJournal(instance.db, "due")).toBe(false);
  expect(await kept()).toBe(1);
  await sql`
    update altalune_usage_journal set written_at = altalune_now() - interval '31 seconds' where instance_id = 'gone'
  `.execute(instance.db);
  // The instance does it by itself.
  await expect.poll(kept, { timeout: 15_000 }).toBe(0);
  expect(await counts()).toEqual([[noon, ["valid", 1n]]]);
}, 30_000);

test("a journal that is longer than one statement takes is added up to its end, beside others that do the same", async () => {
  const batches = 150;
  for (let i = 1; i <= batches; i++) {
    await usageRepo.keep(instance.db, "long", batchOf(BigInt(i), noon, [valid, revoked]));
  }
  await Promise.all(Array.from({ length: 3 }, () => instance.services.usage.addUpJournal("all")));
  expect(await kept()).toBe(0);
  const sum = BigInt(batches);
  expect(await counts()).toEqual([[noon, ["valid", sum], ["revoked", sum]]]);
});

test("a statement that fails while the journal is added up leaves it as it was", async () => {
  await usageRepo.keep(instance.db, "failing", batchOf(1n, noon, [valid]));
  await sql`alter table altalune_api_key_activity add constraint refused check (last_used_at < '2000-01-01') not valid`.execute(
    instance.db,
  );
  await expect(instance.services.usage.addUpJournal("all")).rejects.toThrow("refused");
  expect(await kept()).toBe(1);
  expect(await counts()).toEqual([[noon, ["valid", 1n]]]);
  await sql`alter table altalune_api_key_activity drop constraint refused`.execute(instance.db);
  await instance.services.usage.addUpJournal("all");
  expect(await counts()).toEqual([[noon, ["valid", 1n]]]);
});

test("many keys in a second go to the journal, few are added up at once, and a clean stop adds up all", async () => {
  const { usage } = instance.services;
  const recordKeys = (count: number) => {
    for (let i = 1; i <= count; i++) {
      usage.record({ projectId: key.projectId, apiKeyId: BigInt(i), attachments: noAttachments() }, "revoked");
    }
  };
  recordKeys(2_000);
  await usage.flush();
  expect(await kept()).toBe(0);
  recordKeys(2_001);
  await usage.flush();
  expect(await kept()).toBe(1);
  const beside = await startTestInstance({ beside: instance });
  await beside.stop();
  expect(await kept()).toBe(0);
  const sums = await usageRepo.buckets(
    instance.db,
    key.projectId,
    undefined,
    new Date(Date.now() - 2 * hourMs),
    new Date(Date.now() + hourMs),
    "day",
  );
  expect(sums.reduce((sum, { counts }) => sum + (counts.get("revoked") ?? 0n), 0n)).toBe(4_001n);
});
