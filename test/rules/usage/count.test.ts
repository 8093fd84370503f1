import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Granularity } from "../../../gen/altalune/v1/usage_pb.js";
import { startTcpProxy } from "../../process/failover/tcp-proxy.js";
import { startMember } from "../../process/propagation/fleet.js";
import { casesOf } from "../../support/effort.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newTally, sumOf, type Tally, usageOf, verifyAtRandom } from "./tally.js";

// ALTALUNE_TEST_VERIFICATIONS=100000 is the long form.
const verifications = Number(process.env["ALTALUNE_TEST_VERIFICATIONS"] ?? casesOf(3_000, 1_000));

let reader: TestInstance;
beforeAll(async () => {
  reader = await startTestInstance();
});
afterAll(() => reader.stop());

const besides = (count: number) =>
  Promise.all(Array.from({ length: count }, () => startTestInstance({ beside: reader, env: { LOG_LEVEL: "warn" } })));

async function expectExactly(tally: Tally): Promise<void> {
  const { projectId, keys } = tally;
  expect(await usageOf(reader.clients, projectId)).toEqual(sumOf(tally));
  expect(await usageOf(reader.clients, projectId, undefined, Granularity.DAY)).toEqual(sumOf(tally));
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
  const tally = await newTally(reader.clients, 20);
  const instances = await besides(3);
  const surprises = await verifyAtRandom(
    instances.map(({ clients }) => clients),
    tally,
    verifications,
  );
  await Promise.all(instances.map((instance) => instance.stop()));
  expect(surprises).toEqual([]);
  expect([...sumOf(tally).values()].reduce((sum, count) => sum + count, 0n)).toBe(BigInt(verifications));
  await expectExactly(tally);
}, 600_000);

test("a deleted key's verifications stay in its project's sum", async () => {
  const tally = await newTally(reader.clients, 1);
  const [instance] = (await besides(1)) as [TestInstance];
  await verifyAtRandom([instance.clients], tally, 100);
  const [{ id }] = tally.keys as [Tally["keys"][number]];
  await reader.clients.apiKeys.deleteApiKey({ projectId: tally.projectId, apiKeyId: id });
  await instance.stop();
  expect(await usageOf(reader.clients, tally.projectId)).toEqual(sumOf(tally));
});

test("a database that is away for a while loses no verification that was answered", async () => {
  const tally = await newTally(reader.clients, 5);
  const proxy = await startTcpProxy(reader.databaseUrl);
  const far = await startTestInstance({ beside: { ...reader, databaseUrl: proxy.url } });
  await expect.poll(async () => (await fetch(`${far.url}/readyz`)).status, { timeout: 10_000 }).toBe(200);
  // All warm, so that each is answered while the database is away.
  for (const { key, requiredScopes, code } of tally.keys.flatMap(({ questions }) => questions)) {
    await far.clients.verification.verifyApiKey({ key, requiredScopes });
    const tallied = tally.keys.find(({ questions }) => questions.some((question) => question.key === key));
    tallied?.counts.set(code, (tallied.counts.get(code) ?? 0n) + 1n);
  }
  await proxy.cut();
  expect(await verifyAtRandom([far.clients], tally, 500)).toEqual([]);
  // Longer than a flush: it fails at least once.
  await expect
    .poll(() => far.logLines.some((line) => line.includes("writing usage failed")), { timeout: 10_000 })
    .toBe(true);
  expect(await verifyAtRandom([far.clients], tally, 100)).toEqual([]);
  await proxy.restore();
  await expect.poll(() => usageOf(reader.clients, tally.projectId), { timeout: 20_000 }).toEqual(sumOf(tally));
  await far.stop();
  await proxy.close();
  expect(await usageOf(reader.clients, tally.projectId)).toEqual(sumOf(tally));
}, 60_000);

test("an instance that is killed loses what it has not written yet, and nothing before", async () => {
  const { projectId, keys } = await newTally(reader.clients, 1);
  const [{ questions }] = keys as [Tally["keys"][number]];
  const member = await startMember("to be killed", {
    DATABASE_URL: reader.databaseUrl,
    ALTALUNE_MASTER_KEY: reader.masterKey,
  });
  const verify = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await member.rpc("VerificationService/VerifyApiKey", { key: questions[0]?.key });
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
