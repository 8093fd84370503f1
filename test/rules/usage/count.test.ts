import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Granularity } from "../../../gen/altalune/v1/usage_pb.js";
import { startTcpProxy } from "../../process/failover/tcp-proxy.js";
import { startMember } from "../../process/propagation/fleet.js";
import { casesOf } from "../../support/effort.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type ExpectedCounts, newExpectedCounts, sumOf, usageOf, verifyAtRandom } from "./expected-counts.js";

// ALTALUNE_TEST_VERIFICATIONS=100000 is the long form.
const verifications = Number(process.env["ALTALUNE_TEST_VERIFICATIONS"] ?? casesOf(3_000, 1_000));

let reader: TestInstance;
beforeAll(async () => {
  reader = await startTestInstance();
});
afterAll(() => reader.stop());

const besides = (count: number) =>
  Promise.all(Array.from({ length: count }, () => startTestInstance({ beside: reader, env: { LOG_LEVEL: "warn" } })));

async function expectExactly(expected: ExpectedCounts): Promise<void> {
  const { projectId, keys } = expected;
  expect(await usageOf(reader.clients, projectId)).toEqual(sumOf(expected));
  expect(await usageOf(reader.clients, projectId, undefined, Granularity.DAY)).toEqual(sumOf(expected));
  for (const { id, counts, lastValid } of keys) {
    expect(await usageOf(reader.clients, projectId, id)).toEqual(counts);
    const { apiKey } = await reader.clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    const lastUsed = apiKey?.lastUsedAt && Number(apiKey.lastUsedAt.seconds);
    if (lastValid === undefined) {
      expect(lastUsed).toBeUndefined();
    } else {
      expect(lastUsed).toBeGreaterThanOrEqual(Math.floor(lastValid.from / 1000));
      expect(lastUsed).toBeLessThanOrEqual(Math.floor(lastValid.to / 1000) + 1);
    }
  }
}

test("what three instances have verified adds up exactly once each has stopped", async () => {
  const expected = await newExpectedCounts(reader.clients, 20);
  const instances = await besides(3);
  const surprises = await verifyAtRandom(
    instances.map(({ clients }) => clients),
    expected,
    verifications,
  );
  await Promise.all(instances.map((instance) => instance.stop()));
  expect(surprises).toEqual([]);
  expect([...sumOf(expected).values()].reduce((sum, count) => sum + count, 0n)).toBe(BigInt(verifications));
  await expectExactly(expected);
}, 600_000);

test("a deleted key's verifications stay in its project's sum", async () => {
  const expected = await newExpectedCounts(reader.clients, 1);
  const [instance] = (await besides(1)) as [TestInstance];
  await verifyAtRandom([instance.clients], expected, 100);
  const [{ id }] = expected.keys as [ExpectedCounts["keys"][number]];
  await reader.clients.apiKeys.deleteApiKey({ projectId: expected.projectId, apiKeyId: id });
  await instance.stop();
  expect(await usageOf(reader.clients, expected.projectId)).toEqual(sumOf(expected));
});

test("a database that is away for a while loses no verification that was answered", async () => {
  const expected = await newExpectedCounts(reader.clients, 5);
  const proxy = await startTcpProxy(reader.databaseUrl);
  const far = await startTestInstance({ beside: { ...reader, databaseUrl: proxy.url } });
  await expect.poll(async () => (await fetch(`${far.url}/readyz`)).status, { timeout: 10_000 }).toBe(200);
  // All warm, so that each is answered while the database is away.
  for (const { key, requiredScopes, code } of expected.keys.flatMap(({ requests }) => requests)) {
    await far.clients.verification.verifyApiKey({ key, requiredScopes });
    const expectedOfKey = expected.keys.find(({ requests }) => requests.some((request) => request.key === key));
    expectedOfKey?.counts.set(code, (expectedOfKey.counts.get(code) ?? 0n) + 1n);
  }
  await proxy.cut();
  expect(await verifyAtRandom([far.clients], expected, 500)).toEqual([]);
  // Longer than a flush: it fails at least once.
  await expect
    .poll(() => far.logLines.some((line) => line.includes("writing usage failed")), { timeout: 10_000 })
    .toBe(true);
  expect(await verifyAtRandom([far.clients], expected, 100)).toEqual([]);
  await proxy.restore();
  await expect.poll(() => usageOf(reader.clients, expected.projectId), { timeout: 20_000 }).toEqual(sumOf(expected));
  await far.stop();
  await proxy.close();
  expect(await usageOf(reader.clients, expected.projectId)).toEqual(sumOf(expected));
}, 60_000);

test("an instance that is killed loses what it has not written yet, and nothing before", async () => {
  const { projectId, keys } = await newExpectedCounts(reader.clients, 1);
  const [{ requests }] = keys as [ExpectedCounts["keys"][number]];
  const member = await startMember("to be killed", {
    DATABASE_URL: reader.databaseUrl,
    ALTALUNE_MASTER_KEY: reader.masterKey,
  });
  const verify = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await member.rpc("VerificationService/VerifyApiKey", { key: requests[0]?.key });
    }
  };
  const valid = async () => (await usageOf(reader.clients, projectId)).get("VALID") ?? 0n;
  await verify(50);
  await expect.poll(valid, { timeout: 10_000 }).toBe(50n);
  await verify(20);
  member.service.signal("SIGKILL");
  await member.service.ended;
  const left = await valid();
  expect(left >= 50n && left <= 70n).toBe(true);
}, 60_000);

test("partitions are there for this month and the three that come, and take the counts", async () => {
  await sql`select 1`.execute(reader.db);
  await reader.services.usage.makePartitions();
  await reader.services.usage.makePartitions();
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'altalune_api_key_usage'::regclass order by 1
  `.execute(reader.db);
  expect(rows).toHaveLength(5);
  const { rows: strays } = await sql`select from altalune_api_key_usage_default`.execute(reader.db);
  expect(strays).toEqual([]);
});
