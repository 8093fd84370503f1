import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { UsageStore } from "../../../src/domain/usage/interface.js";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import { UsageService } from "../../../src/domain/usage/service.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { batchOf, countsOf, hourMs, type KeyIds, kept, lastUsedAt, newKey, noon, revoked, valid } from "./journal.js";

let instance: TestInstance;
let key: KeyIds;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());
beforeEach(async () => {
  key = await newKey(instance);
});

function addUpWhole(): Promise<void> {
  return instance.services.usage.addUpWholeJournal(new AbortController().signal);
}

test("what is in the journal is counted at once, and counts the same when it is added up", async () => {
  await usageRepo.appendToJournal(instance.db, "counted", batchOf(key, 1n, noon, [valid, revoked, valid]));
  await usageRepo.add(instance.db, "counted", batchOf(key, 2n, noon, [valid]));
  await usageRepo.appendToJournal(instance.db, "another", batchOf(key, 1n, noon + hourMs, [valid], [key.apiKeyId, 1n]));
  const ofKey = [
    [noon, ["valid", 3n], ["revoked", 1n]],
    [noon + hourMs, ["valid", 1n]],
  ];
  const ofProject = [
    [noon, ["valid", 3n], ["revoked", 1n]],
    [noon + hourMs, ["valid", 2n]],
  ];
  expect(await countsOf(instance.db, key.projectId, key.apiKeyId)).toEqual(ofKey);
  expect(await countsOf(instance.db, key.projectId)).toEqual(ofProject);
  expect(await lastUsedAt(instance.db, key)).toEqual(new Date(noon));

  await addUpWhole();
  expect(await kept(instance.db)).toBe(0);
  expect(await countsOf(instance.db, key.projectId, key.apiKeyId)).toEqual(ofKey);
  expect(await countsOf(instance.db, key.projectId)).toEqual(ofProject);
  expect(await lastUsedAt(instance.db, key)).toEqual(new Date(noon + hourMs));
});

test("a batch that is sent twice is kept once, also when it was added up in between", async () => {
  const batch = batchOf(key, 1n, noon, [valid]);
  await usageRepo.appendToJournal(instance.db, "twice", batch);
  await usageRepo.appendToJournal(instance.db, "twice", batch);
  await addUpWhole();
  await usageRepo.appendToJournal(instance.db, "twice", batch);
  await usageRepo.add(instance.db, "twice", batch);
  expect(await kept(instance.db)).toBe(0);
  expect(await countsOf(instance.db, key.projectId)).toEqual([[noon, ["valid", 1n]]]);
});

test("keys that were deleted before the journal was added up keep their counts, and have no activity", async () => {
  await usageRepo.appendToJournal(instance.db, "deleted", batchOf(key, 1n, noon, [valid]));
  await instance.db.deleteFrom("altalune_project_api_keys").where("id", "=", key.apiKeyId).execute();
  await addUpWhole();
  expect(await countsOf(instance.db, key.projectId, key.apiKeyId)).toEqual([[noon, ["valid", 1n]]]);
  expect(await lastUsedAt(instance.db, key)).toBeUndefined();
});

test("sums hold as much as a batch, however many keys there are", async () => {
  const apiKeyIds = Array.from({ length: 20_000 }, (_, i) => BigInt(i + 1));
  await usageRepo.appendToJournal(instance.db, "many", batchOf(key, 1n, noon, [valid], apiKeyIds));
  const others = apiKeyIds.map((id) => id + 10_000n);
  await usageRepo.appendToJournal(instance.db, "many", batchOf(key, 2n, noon, [valid], others));
  await usageRepo.appendToJournal(instance.db, "many", batchOf(key, 3n, noon + hourMs, [valid], others));
  const newest = (await usageRepo.newestInJournal(instance.db, 0)) ?? 0n;
  const sums = await instance.db.transaction().execute(async (tx) => {
    await usageRepo.condenseJournal(tx, newest);
    const { rows } = await sql<{ keys: number }>`
      select cardinality(api_key_ids) as keys from altalune_usage_journal where is_sum order by keys
    `.execute(tx);
    return rows.map(({ keys }) => keys);
  });
  expect(sums).toEqual([10_000, 20_000, 20_000]);
  await addUpWhole();
  expect(await kept(instance.db)).toBe(0);
  expect(await countsOf(instance.db, key.projectId)).toEqual([
    [noon, ["valid", 40_000n]],
    [noon + hourMs, ["valid", 20_000n]],
  ]);
}, 20_000);

test("a batch whose answer was lost is sent again, and counts once", async () => {
  let sent = 0;
  const losing: UsageStore = {
    ...usageRepo,
    async appendToJournal(...call) {
      await usageRepo.appendToJournal(...call);
      sent += 1;
      if (sent === 1) {
        throw new Error("the connection was lost");
      }
    },
  };
  const usage = new UsageService({ db: instance.db, store: losing, instanceId: "losing" });
  for (let i = 1; i <= 2_001; i++) {
    usage.record({ projectId: key.projectId, apiKeyId: BigInt(i), slots: emptySlots() }, "revoked");
  }
  await expect(usage.flush()).rejects.toThrow("the connection was lost");
  await usage.flush();
  expect(sent).toBe(2);
  const now = Date.now();
  const [from, until] = [new Date(now - 2 * hourMs), new Date(now + hourMs)];
  const buckets = await usageRepo.buckets(instance.db, key.projectId, undefined, from, until, "hour");
  expect(buckets.map(({ counts }) => counts.get("revoked"))).toEqual([2_001n]);
  await addUpWhole();
});

test("a journal that is longer than one statement takes is added up to its end, beside others that do the same", async () => {
  const batches = 150;
  for (let i = 1; i <= batches; i++) {
    await usageRepo.appendToJournal(instance.db, "long", batchOf(key, BigInt(i), noon, [valid, revoked]));
  }
  await Promise.all([addUpWhole(), addUpWhole(), addUpWhole()]);
  expect(await kept(instance.db)).toBe(0);
  const sum = BigInt(batches);
  expect(await countsOf(instance.db, key.projectId)).toEqual([[noon, ["valid", sum], ["revoked", sum]]]);
});

test("a statement that fails while the journal is added up leaves it as it was", async () => {
  await usageRepo.appendToJournal(instance.db, "failing", batchOf(key, 1n, noon, [valid]));
  await sql`alter table altalune_api_key_activity add constraint refused check (last_used_at < '2000-01-01') not valid`.execute(
    instance.db,
  );
  try {
    await expect(addUpWhole()).rejects.toThrow("refused");
    expect(await kept(instance.db)).toBe(1);
    expect(await countsOf(instance.db, key.projectId)).toEqual([[noon, ["valid", 1n]]]);
  } finally {
    await sql`alter table altalune_api_key_activity drop constraint refused`.execute(instance.db);
  }
  await addUpWhole();
  expect(await countsOf(instance.db, key.projectId)).toEqual([[noon, ["valid", 1n]]]);
});
