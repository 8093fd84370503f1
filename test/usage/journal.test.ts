import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { UsageStore } from "../../src/domain/usage/interface.js";
import { type UsageBatch, usageCodes } from "../../src/domain/usage/model.js";
import { usageRepo } from "../../src/domain/usage/repo.js";
import { UsageService } from "../../src/domain/usage/service.js";
import { noAttachments } from "../../src/platform/attachment.js";
import { newApiKey, newProject } from "../setup/fixtures.js";
import { startTestInstance, type TestInstance } from "../setup/instance.js";
import { newTally, type Tally, usageOf } from "./tally.js";

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

/** What is in the journal has been there for long enough to be added up. */
async function growOld(): Promise<void> {
  await sql`update altalune_usage_journal set written_at = altalune_now() - interval '31 seconds'`.execute(instance.db);
}

async function kept(): Promise<number> {
  const { rows } = await sql<{ batches: number }>`
    select count(*)::integer as batches from altalune_usage_journal
  `.execute(instance.db);
  return rows[0]?.batches ?? Number.NaN;
}

function addUpWhole(): Promise<void> {
  return instance.services.usage.addUpWholeJournal(new AbortController().signal);
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
  await usageRepo.appendToJournal(instance.db, "counted", batchOf(1n, noon, [valid, revoked, valid]));
  await usageRepo.add(instance.db, "counted", batchOf(2n, noon, [valid]));
  await usageRepo.appendToJournal(instance.db, "another", batchOf(1n, noon + hourMs, [valid], [key.apiKeyId, 1n]));
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

  await addUpWhole();
  expect(await kept()).toBe(0);
  expect(await counts(key.apiKeyId)).toEqual(ofKey);
  expect(await counts()).toEqual(ofProject);
  expect(await lastUsedAt()).toEqual(new Date(noon + hourMs));
});

test("a batch that is sent twice is kept once, also when it was added up in between", async () => {
  const batch = batchOf(1n, noon, [valid]);
  await usageRepo.appendToJournal(instance.db, "twice", batch);
  await usageRepo.appendToJournal(instance.db, "twice", batch);
  await addUpWhole();
  await usageRepo.appendToJournal(instance.db, "twice", batch);
  await usageRepo.add(instance.db, "twice", batch);
  expect(await kept()).toBe(0);
  expect(await counts()).toEqual([[noon, ["valid", 1n]]]);
});

test("batches are left to lie for a while, and those of an instance that is gone are added up by another", async () => {
  await usageRepo.appendToJournal(instance.db, "gone", batchOf(1n, noon, [valid]));
  await instance.services.usage.addUpDueJournal(new AbortController().signal);
  expect(await kept()).toBe(1);
  await growOld();
  // The instance does it by itself.
  await expect.poll(kept, { timeout: 15_000 }).toBe(0);
  expect(await counts()).toEqual([[noon, ["valid", 1n]]]);
}, 30_000);

test("who finds another at it leaves the journal to it, and who adds up the whole waits", async () => {
  const { usage } = instance.services;
  await usageRepo.appendToJournal(instance.db, "held", batchOf(1n, noon, [valid]));
  await growOld();
  let whole: Promise<void> | undefined;
  await instance.db.transaction().execute(async (tx) => {
    await usageRepo.lockJournal(tx, true);
    await usage.addUpDueJournal(new AbortController().signal);
    whole = addUpWhole();
    await sleep(200);
    expect(await kept()).toBe(1);
  });
  await whole;
  expect(await kept()).toBe(0);
});

test("a stop writes the last usage while another adds up the journal", async () => {
  const beside = await startTestInstance({ beside: instance });
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId);
  await usageRepo.appendToJournal(instance.db, "busy", batchOf(1n, noon, [valid]));
  await growOld();
  let stopped: Promise<void> | undefined;
  await instance.db.transaction().execute(async (tx) => {
    await usageRepo.lockJournal(tx, true);
    await beside.clients.verification.verifyApiKey({ key: value });
    stopped = beside.stop();
    await expect
      .poll(() => usageOf(instance.clients, projectId), { timeout: 10_000 })
      .toEqual(new Map([["VALID", 1n]]));
    expect(await kept()).toBeGreaterThan(0);
  });
  await stopped;
  expect(await kept()).toBe(0);
});

test("a stop keeps the last usage of a key whose sum another transaction holds", async () => {
  const beside = await startTestInstance({ beside: instance });
  const tally = await newTally(instance.clients, 1);
  const [{ questions }] = tally.keys as [Tally["keys"][number]];
  const verify = () =>
    beside.clients.verification.verifyApiKey({ key: questions[0]?.key ?? "", requiredScopes: ["a"] });
  await verify();
  await expect
    .poll(() => usageOf(instance.clients, tally.projectId), { timeout: 10_000 })
    .toEqual(new Map([["VALID", 1n]]));
  let stopped: Promise<void> | undefined;
  await instance.db.transaction().execute(async (tx) => {
    await tx.selectFrom("altalune_api_key_usage").select("code").forUpdate().execute();
    await verify();
    stopped = beside.stop();
    // It may have begun to wait for the row before the stop, and does so for 10 seconds.
    await expect
      .poll(() => usageOf(instance.clients, tally.projectId), { timeout: 15_000 })
      .toEqual(new Map([["VALID", 2n]]));
  });
  await stopped;
  await expect.poll(kept, { timeout: 15_000 }).toBe(0);
  expect(await usageOf(instance.clients, tally.projectId)).toEqual(new Map([["VALID", 2n]]));
}, 60_000);

test("a sum that its instance left behind is added up, however new it is", async () => {
  await usageRepo.appendToJournal(instance.db, "half", batchOf(1n, noon, [valid]));
  await usageRepo.appendToJournal(instance.db, "half", batchOf(2n, noon, [valid, revoked]));
  const newest = (await usageRepo.newestInJournal(instance.db, 0)) ?? 0n;
  await instance.db.transaction().execute((tx) => usageRepo.condenseJournal(tx, newest));
  const expected = [[noon, ["valid", 2n], ["revoked", 1n]]];
  expect(await counts()).toEqual(expected);
  await instance.services.usage.addUpDueJournal(new AbortController().signal);
  expect(await kept()).toBe(0);
  expect(await counts()).toEqual(expected);
});

test("keys that were deleted before the journal was added up keep their counts, and have no activity", async () => {
  await usageRepo.appendToJournal(instance.db, "deleted", batchOf(1n, noon, [valid]));
  await instance.db.deleteFrom("altalune_project_api_keys").where("id", "=", key.apiKeyId).execute();
  await addUpWhole();
  expect(await counts(key.apiKeyId)).toEqual([[noon, ["valid", 1n]]]);
  expect(await lastUsedAt()).toBeUndefined();
});

test("sums hold as much as a batch, however many keys there are", async () => {
  const apiKeyIds = Array.from({ length: 20_000 }, (_, i) => BigInt(i + 1));
  await usageRepo.appendToJournal(instance.db, "many", batchOf(1n, noon, [valid], apiKeyIds));
  const others = apiKeyIds.map((id) => id + 10_000n);
  await usageRepo.appendToJournal(instance.db, "many", batchOf(2n, noon, [valid], others));
  await usageRepo.appendToJournal(instance.db, "many", batchOf(3n, noon + hourMs, [valid], others));
  const newest = (await usageRepo.newestInJournal(instance.db, 0)) ?? 0n;
  await instance.db.transaction().execute((tx) => usageRepo.condenseJournal(tx, newest));
  const { rows } = await sql<{ keys: number }>`
    select cardinality(api_key_ids) as keys from altalune_usage_journal where is_sum order by keys
  `.execute(instance.db);
  expect(rows.map(({ keys }) => keys)).toEqual([10_000, 20_000, 20_000]);
  await addUpWhole();
  expect(await kept()).toBe(0);
  expect(await counts()).toEqual([
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
    usage.record({ projectId: key.projectId, apiKeyId: BigInt(i), attachments: noAttachments() }, "revoked");
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
    await usageRepo.appendToJournal(instance.db, "long", batchOf(BigInt(i), noon, [valid, revoked]));
  }
  await Promise.all([addUpWhole(), addUpWhole(), addUpWhole()]);
  expect(await kept()).toBe(0);
  const sum = BigInt(batches);
  expect(await counts()).toEqual([[noon, ["valid", sum], ["revoked", sum]]]);
});

test("a statement that fails while the journal is added up leaves it as it was", async () => {
  await usageRepo.appendToJournal(instance.db, "failing", batchOf(1n, noon, [valid]));
  await sql`alter table altalune_api_key_activity add constraint refused check (last_used_at < '2000-01-01') not valid`.execute(
    instance.db,
  );
  try {
    await expect(addUpWhole()).rejects.toThrow("refused");
    expect(await kept()).toBe(1);
    expect(await counts()).toEqual([[noon, ["valid", 1n]]]);
  } finally {
    await sql`alter table altalune_api_key_activity drop constraint refused`.execute(instance.db);
  }
  await addUpWhole();
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
