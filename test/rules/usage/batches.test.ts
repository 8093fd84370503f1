import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { UsedKey } from "../../../src/domain/usage/hour-batch.js";
import { usageCodeNumbers } from "../../../src/domain/usage/model.js";
import { UsageRecorder } from "../../../src/domain/usage/recorder.js";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";

const hourMs = 3_600_000;
const { valid, revoked } = usageCodeNumbers;
const noon = Date.UTC(2030, 5, 15, 12);

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());

function usedKey(apiKeyId: number) {
  return { projectId: 1n, apiKeyId: BigInt(apiKeyId), slots: emptySlots() };
}

function usedKeys(count: number) {
  return Array.from({ length: count }, (_, i) => usedKey(i));
}

test("a batch that is sent twice counts once, and the next one counts", async () => {
  const publicProjectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, publicProjectId);
  const key = await instance.db
    .selectFrom("altalune_project_api_keys")
    .select(["project_id as projectId", "id as apiKeyId"])
    .where("public_id", "=", id)
    .executeTakeFirstOrThrow();
  const at = new Date(noon);
  const batch = (sequence: bigint) => ({
    sequence,
    hour: at,
    projectIds: [key.projectId],
    apiKeyIds: [key.apiKeyId],
    codes: [valid],
    verifications: [7],
    lastUsedMs: [noon],
  });
  await usageRepo.add(instance.db, "an instance", batch(1n));
  await usageRepo.add(instance.db, "an instance", batch(1n));
  await usageRepo.add(instance.db, "another instance", batch(1n));
  await usageRepo.add(instance.db, "an instance", batch(2n));
  const until = new Date(noon + hourMs);
  const buckets = await usageRepo.buckets(instance.db, key.projectId, key.apiKeyId, at, until, "hour");
  expect(buckets).toEqual([{ start: at, counts: new Map([["valid", 21n]]) }]);
});

test("hours and days are those of UTC, and a bucket holds what is in its bounds", async () => {
  const key = { projectId: 4_000_000n, apiKeyId: 4_000_001n };
  const midnight = Date.UTC(2030, 5, 16);
  const hours = [midnight - hourMs, midnight, midnight + 23 * hourMs, midnight + 24 * hourMs].map((ms) => new Date(ms));
  for (const [i, hour] of hours.entries()) {
    await usageRepo.add(instance.db, "of hours", {
      sequence: BigInt(i + 1),
      hour,
      projectIds: [key.projectId],
      apiKeyIds: [key.apiKeyId],
      codes: [revoked],
      verifications: [10 ** i],
      lastUsedMs: [0],
    });
  }
  const from = new Date(midnight);
  const until = new Date(midnight + 24 * hourMs);
  const ask = (granularity: "hour" | "day") =>
    usageRepo.buckets(instance.db, key.projectId, undefined, from, until, granularity);
  expect(await ask("day")).toEqual([{ start: from, counts: new Map([["revoked", 110n]]) }]);
  expect((await ask("hour")).map(({ start }) => start)).toEqual([hours[1], hours[2]]);
});

test("counts of many keys are taken in several batches, and none is lost or counted twice", () => {
  const recorder = new UsageRecorder();
  const keys = usedKeys(120_000);
  for (const key of keys) {
    recorder.record(key, "valid", noon);
  }
  recorder.record(usedKey(0), "valid", noon + hourMs);
  const seen = new Map<string, number>();
  const sequences: bigint[] = [];
  for (let batch = recorder.next(); batch !== undefined; batch = recorder.next()) {
    expect(recorder.next()).toBe(batch);
    expect(batch.apiKeyIds.length).toBeLessThanOrEqual(20_000);
    sequences.push(batch.sequence);
    for (const [i, apiKeyId] of Array.from(batch.apiKeyIds).entries()) {
      const name = `${apiKeyId} ${batch.hour.getTime()}`;
      seen.set(name, (seen.get(name) ?? 0) + (batch.verifications[i] ?? 0));
    }
    recorder.written();
  }
  // Six for the hour that has most, one for the other.
  expect(sequences).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
  expect(seen.size).toBe(keys.length + 1);
  expect(new Set(seen.values())).toEqual(new Set([1]));
  expect(recorder.unwrittenMs(noon)).toBe(0);
});

test("a key has a row for each code and hour, however its verdicts alternate", () => {
  const recorder = new UsageRecorder();
  const [key, other] = [usedKey(1), usedKey(2)];
  for (let i = 0; i < 100; i++) {
    recorder.record(key, "valid", noon + i);
    recorder.record(other, "valid", noon + i);
    recorder.record(key, "rate_limited", noon + i);
    recorder.record(key, "revoked", noon + i);
  }
  const { apiKeyIds = [], codes = [], verifications = [], lastUsedMs = [] } = recorder.next() ?? {};
  expect(Array.from(apiKeyIds)).toEqual([1n, 2n, 1n, 1n]);
  expect(Array.from(codes)).toEqual([valid, valid, usageCodeNumbers.rate_limited, revoked]);
  expect(Array.from(verifications)).toEqual([100, 100, 100, 100]);
  expect(Array.from(lastUsedMs)).toEqual([noon + 99, noon + 99, 0, 0]);
});

test("a batch stays as it was taken until it is written, while others fill what those before it lay in", () => {
  const recorder = new UsageRecorder();
  const recordAs = (code: "valid" | "revoked", keys: readonly UsedKey[]) => {
    for (const key of keys) {
      recorder.record(key, code, noon);
    }
  };
  recordAs("valid", usedKeys(20_001));
  recorder.next();
  recorder.written();
  const left = recorder.next();
  recordAs("revoked", usedKeys(40_000));
  expect(recorder.next()).toBe(left);
  expect(Array.from(left?.apiKeyIds ?? [])).toEqual([20_000n]);
  recorder.written();
  const batch = recorder.next();
  // Rows of their own, not those of the batch that lay in the same columns before.
  expect(new Set(Array.from(batch?.codes ?? []))).toEqual(new Set([revoked]));
  expect(new Set(Array.from(batch?.lastUsedMs ?? []))).toEqual(new Set([0]));
  expect(new Set(Array.from(batch?.apiKeyIds ?? [])).size).toBe(20_000);
});

test("the oldest that is not written is told, while a batch fails and more comes in", () => {
  const recorder = new UsageRecorder();
  const key = usedKey(1);
  recorder.record(key, "valid", noon);
  recorder.next();
  recorder.record(key, "valid", noon + 5_000);
  expect(recorder.unwrittenMs(noon + 6_000)).toBe(6_000);
  recorder.written();
  expect(recorder.unwrittenMs(noon + 6_000)).toBe(1_000);
});

test("while a batch waits for the database, what comes in is added up: a row a key, however long that takes", () => {
  const recorder = new UsageRecorder();
  const keys = usedKeys(30_000);
  const recordAll = (times: number) => {
    for (let i = 0; i < times; i++) {
      for (const key of keys) {
        recorder.record(key, "valid", noon);
      }
    }
  };
  recordAll(1);
  expect(recorder.next()?.apiKeyIds).toHaveLength(20_000);
  recordAll(20);
  expect(recorder.batches).toBe(4);
  const sums: number[] = [];
  for (let batch = recorder.next(); batch !== undefined; batch = recorder.next()) {
    sums.push(Array.from(batch.verifications).reduce((sum, count) => sum + count, 0));
    recorder.written();
  }
  expect(sums).toEqual([20_000, 10_000, 20 * 20_000, 20 * 10_000]);
});

test("rows beyond what memory is given to them are dropped, and counted", () => {
  const recorder = new UsageRecorder();
  const keys = usedKeys(250_000);
  for (const code of ["valid", "revoked", "expired"] as const) {
    for (const key of keys) {
      recorder.record(key, code, noon);
    }
  }
  expect(recorder.dropped).toBe(250_000);
  expect(recorder.batches).toBe(25);
  // What has its row is counted further.
  for (const key of keys) {
    recorder.record(key, "valid", noon);
  }
  expect(recorder.dropped).toBe(250_000);
});

test("each batch that is written leaves room for as many rows", () => {
  const recorder = new UsageRecorder();
  const recordNew = (count: number, now: number) => {
    for (const key of usedKeys(count)) {
      recorder.record(key, "valid", now);
    }
  };
  recordNew(500_000, noon);
  recorder.next();
  recorder.written();
  recordNew(20_001, noon + hourMs);
  expect(recorder.dropped).toBe(1);
});

test("what is dropped as an hour begins leaves nothing to write", () => {
  const recorder = new UsageRecorder();
  for (let i = 0; i < 500_000; i++) {
    recorder.record(usedKey(i), "valid", noon);
  }
  recorder.record(usedKey(0), "valid", noon + hourMs);
  expect(recorder.dropped).toBe(1);
  while (recorder.next() !== undefined) {
    recorder.written();
  }
  expect(recorder.unwrittenMs(noon + 2 * hourMs)).toBe(0);
});

test("under steady load the age is that of the oldest that waits, not of the first ever", () => {
  const recorder = new UsageRecorder();
  const secondMs = 1_000;
  const keys = usedKeys(60_000);
  for (let second = 0; second < 10; second++) {
    for (const key of keys) {
      recorder.record(key, "valid", noon + second * secondMs);
    }
    for (let { batches } = recorder; batches > 0; batches--) {
      recorder.next();
      recorder.written();
    }
    recorder.record(usedKey(0), "valid", noon + second * secondMs);
  }
  expect(recorder.unwrittenMs(noon + 10 * secondMs)).toBe(secondMs);
});

test("writing ends, however fast more comes in", async () => {
  const { usage } = instance.services;
  const key = usedKey(4_000_011);
  let writing = true;
  const load = (async () => {
    while (writing) {
      usage.record(key, "valid");
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await usage.flush();
  writing = false;
  await load;
});

test("batches of instances that ended long ago are forgotten, others are not", async () => {
  await sql`
    insert into altalune_usage_batches (instance_id, sequence, written_at)
    values ('old', 1, altalune_now() - interval '31 days'), ('new', 1, altalune_now() - interval '29 days')
  `.execute(instance.db);
  await usageRepo.forgetEndedInstances(instance.db);
  const { rows } = await sql<{ id: string }>`
    select instance_id as id from altalune_usage_batches where instance_id in ('old', 'new')
  `.execute(instance.db);
  expect(rows).toEqual([{ id: "new" }]);
});
