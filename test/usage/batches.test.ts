import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usageCodes } from "../../src/domain/usage/model.js";
import { UsageRecorder } from "../../src/domain/usage/recorder.js";
import { usageRepo } from "../../src/domain/usage/repo.js";
import { newApiKey, newProject } from "../setup/fixtures.js";
import { startTestInstance, type TestInstance } from "../setup/instance.js";

const hourMs = 3_600_000;
const valid = usageCodes.indexOf("valid") + 1;
const revoked = usageCodes.indexOf("revoked") + 1;
const noon = Date.UTC(2030, 5, 15, 12);

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());

function nextBatch(recorder: UsageRecorder) {
  while (recorder.gather()) {
    // A slice at a time.
  }
  return recorder.pending;
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
  const keys = 120_000;
  for (let i = 0; i < keys; i++) {
    recorder.record({ projectId: 1n, apiKeyId: BigInt(i) }, "valid", noon);
  }
  recorder.record({ projectId: 1n, apiKeyId: 0n }, "valid", noon + hourMs);
  const seen = new Map<string, number>();
  const sequences: bigint[] = [];
  for (let batch = nextBatch(recorder); batch !== undefined; batch = nextBatch(recorder)) {
    expect(nextBatch(recorder)).toBe(batch);
    expect(batch.apiKeyIds.length).toBeLessThanOrEqual(20_000);
    sequences.push(batch.sequence);
    for (const [i, apiKeyId] of batch.apiKeyIds.entries()) {
      const name = `${apiKeyId} ${batch.hour.getTime()}`;
      seen.set(name, (seen.get(name) ?? 0) + (batch.verifications[i] ?? 0));
    }
    recorder.written();
  }
  // Six for the hour that has most, one for the other.
  expect(sequences).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n]);
  expect(seen.size).toBe(keys + 1);
  expect(new Set(seen.values())).toEqual(new Set([1]));
  expect(recorder.unwrittenMs(noon)).toBe(0);
});

test("the oldest that is not written is told, while a batch fails and more comes in", () => {
  const recorder = new UsageRecorder();
  recorder.record({ projectId: 1n, apiKeyId: 1n }, "valid", noon);
  nextBatch(recorder);
  recorder.record({ projectId: 1n, apiKeyId: 1n }, "valid", noon + 5_000);
  expect(recorder.unwrittenMs(noon + 6_000)).toBe(6_000);
  recorder.written();
  expect(recorder.unwrittenMs(noon + 6_000)).toBe(1_000);
});

test("what is recorded while a batch is gathered is left to the next one", () => {
  const recorder = new UsageRecorder();
  const recordAll = () => {
    for (let i = 0; i < 10_000; i++) {
      recorder.record({ projectId: 1n, apiKeyId: BigInt(i) }, "valid", noon);
    }
  };
  recordAll();
  expect(recorder.gather()).toBe(true);
  recordAll();
  expect(recorder.batches).toBe(2);
  for (let batch = 0; batch < 2; batch++) {
    const apiKeyIds = nextBatch(recorder)?.apiKeyIds ?? [];
    expect(new Set(apiKeyIds).size).toBe(10_000);
    expect(apiKeyIds).toHaveLength(10_000);
    recorder.written();
  }
  expect(nextBatch(recorder)).toBeUndefined();
});

test("under steady load the age is that of the oldest that waits, not of the first ever", () => {
  const recorder = new UsageRecorder();
  const secondMs = 1_000;
  for (let second = 0; second < 10; second++) {
    for (let i = 0; i < 60_000; i++) {
      recorder.record({ projectId: 1n, apiKeyId: BigInt(i) }, "valid", noon + second * secondMs);
    }
    for (let { batches } = recorder; batches > 0; batches--) {
      nextBatch(recorder);
      recorder.written();
    }
    recorder.record({ projectId: 1n, apiKeyId: 0n }, "valid", noon + second * secondMs);
  }
  expect(recorder.unwrittenMs(noon + 10 * secondMs)).toBe(secondMs);
});

test("writing ends, however fast more comes in", async () => {
  const { usage } = instance.services;
  const key = { projectId: 4_000_010n, apiKeyId: 4_000_011n };
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
