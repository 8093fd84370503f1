import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import { emptySlots } from "../../../src/platform/object-slot.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type ExpectedCounts, newExpectedCounts, usageOf } from "./expected-counts.js";
import { batchOf, countsOf, growOld, hourMs, type KeyIds, kept, newKey, noon, revoked, valid } from "./journal.js";

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

test("batches are left to lie for a while, and those of an instance that is gone are added up by another", async () => {
  await usageRepo.appendToJournal(instance.db, "gone", batchOf(key, 1n, noon, [valid]));
  await instance.services.usage.addUpDueJournal(new AbortController().signal);
  expect(await kept(instance.db)).toBe(1);
  await growOld(instance.db);
  // The instance does it by itself.
  await expect.poll(() => kept(instance.db), { timeout: 15_000 }).toBe(0);
  expect(await countsOf(instance.db, key.projectId)).toEqual([[noon, ["valid", 1n]]]);
}, 30_000);

test("who finds another at it leaves the journal to it, and who adds up the whole waits", async () => {
  const { usage } = instance.services;
  await usageRepo.appendToJournal(instance.db, "held", batchOf(key, 1n, noon, [valid]));
  let whole: Promise<void> | undefined;
  await instance.db.transaction().execute(async (tx) => {
    await usageRepo.lockJournal(tx);
    await growOld(instance.db);
    await usage.addUpDueJournal(new AbortController().signal);
    whole = addUpWhole();
    await sleep(200);
    expect(await kept(instance.db)).toBe(1);
  });
  await whole;
  expect(await kept(instance.db)).toBe(0);
});

test("a stop writes the last usage while another adds up the journal", async () => {
  const beside = await startTestInstance({ beside: instance });
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId);
  await usageRepo.appendToJournal(instance.db, "busy", batchOf(key, 1n, noon, [valid]));
  let stopped: Promise<void> | undefined;
  await instance.db.transaction().execute(async (tx) => {
    await usageRepo.lockJournal(tx);
    await growOld(instance.db);
    await beside.clients.verification.verifyApiKey({ key: value });
    stopped = beside.stop();
    await expect
      .poll(() => usageOf(instance.clients, projectId), { timeout: 10_000 })
      .toEqual(new Map([["VALID", 1n]]));
    expect(await kept(instance.db)).toBeGreaterThan(0);
  });
  await stopped;
  expect(await kept(instance.db)).toBe(0);
});

test("a stop keeps the last usage of a key whose sum another transaction holds", async () => {
  const beside = await startTestInstance({ beside: instance });
  const expected = await newExpectedCounts(instance.clients, 1);
  const [{ requests }] = expected.keys as [ExpectedCounts["keys"][number]];
  const verify = () => beside.clients.verification.verifyApiKey({ key: requests[0]?.key ?? "", requiredScopes: ["a"] });
  await verify();
  await expect
    .poll(() => usageOf(instance.clients, expected.projectId), { timeout: 10_000 })
    .toEqual(new Map([["VALID", 1n]]));
  let stopped: Promise<void> | undefined;
  await instance.db.transaction().execute(async (tx) => {
    await tx.selectFrom("altalune_api_key_usage").select("code").forUpdate().execute();
    await verify();
    stopped = beside.stop();
    // It may have begun to wait for the row before the stop, and does so for 10 seconds.
    await expect
      .poll(() => usageOf(instance.clients, expected.projectId), { timeout: 15_000 })
      .toEqual(new Map([["VALID", 2n]]));
  });
  await stopped;
  await expect.poll(() => kept(instance.db), { timeout: 15_000 }).toBe(0);
  expect(await usageOf(instance.clients, expected.projectId)).toEqual(new Map([["VALID", 2n]]));
}, 60_000);

test("a sum that its instance left behind is added up, however new it is", async () => {
  await usageRepo.appendToJournal(instance.db, "half", batchOf(key, 1n, noon, [valid]));
  await usageRepo.appendToJournal(instance.db, "half", batchOf(key, 2n, noon, [valid, revoked]));
  const newest = (await usageRepo.newestInJournal(instance.db, 0)) ?? 0n;
  await instance.db.transaction().execute((tx) => usageRepo.condenseJournal(tx, newest));
  const expected = [[noon, ["valid", 2n], ["revoked", 1n]]];
  expect(await countsOf(instance.db, key.projectId)).toEqual(expected);
  await instance.services.usage.addUpDueJournal(new AbortController().signal);
  expect(await kept(instance.db)).toBe(0);
  expect(await countsOf(instance.db, key.projectId)).toEqual(expected);
});

test("many keys in a second go to the journal, few are added up at once, and a clean stop adds up all", async () => {
  const { usage } = instance.services;
  const recordKeys = (count: number) => {
    for (let i = 1; i <= count; i++) {
      usage.record({ projectId: key.projectId, apiKeyId: BigInt(i), slots: emptySlots() }, "revoked");
    }
  };
  recordKeys(2_000);
  await usage.flush();
  expect(await kept(instance.db)).toBe(0);
  recordKeys(2_001);
  await usage.flush();
  expect(await kept(instance.db)).toBe(1);
  const beside = await startTestInstance({ beside: instance });
  await beside.stop();
  expect(await kept(instance.db)).toBe(0);
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
