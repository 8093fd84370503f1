import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { dayMs, fromNow, newProject, uniqueName } from "../../support/fixtures.js";
import { lockWaits } from "../../support/locks.js";
import { startTwoInstances, strayRows, type TwoInstances } from "./two-instances.js";

let altalune: TwoInstances;
beforeAll(async () => {
  altalune = await startTwoInstances();
});
afterAll(() => altalune.stop());

function request(projectId: string) {
  return { projectId, name: uniqueName("key"), expiration: fromNow(dayMs), requestId: randomUUID() };
}

async function keysOf(projectId: string) {
  const { data } = await altalune.clients(0).apiKeys.queryApiKeys({ projectId });
  return data;
}

test("50 creates at once under one request id, over two instances, are one key: one answer has its value", async () => {
  const projectId = await newProject(altalune.clients(0));
  const wanted = request(projectId);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => altalune.clients(i).apiKeys.createApiKey(wanted)),
  );
  const [one] = await keysOf(projectId);
  expect(await keysOf(projectId)).toHaveLength(1);
  expect(new Set(answers.map(({ apiKey }) => apiKey?.id))).toEqual(new Set([one?.id]));
  const values = answers.flatMap(({ keyValue }) => (keyValue === "" ? [] : [keyValue]));
  expect(values).toHaveLength(1);
  expect(await altalune.clients(1).verification.verifyApiKey({ key: values[0] ?? "" })).toMatchObject({ valid: true });
  expect(await altalune.clients(1).audit.verifyAuditTrail({ projectId })).toMatchObject({
    intact: true,
    eventsChecked: 2n,
  });
  expect(await strayRows(altalune.instances[0])).toEqual([]);
});

test("many request ids at once, each several times and in other orders, lock nobody out", async () => {
  const projectId = await newProject(altalune.clients(0));
  const wanted = Array.from({ length: 12 }, () => request(projectId));
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, turn) =>
      (turn % 2 === 0 ? wanted : wanted.toReversed()).map((one) => altalune.clients(turn).apiKeys.createApiKey(one)),
    ).flat(),
  );
  expect(answers.filter(({ keyValue }) => keyValue !== "")).toHaveLength(wanted.length);
  expect(await keysOf(projectId)).toHaveLength(wanted.length);
});

test("while the first call is under way, the second waits for it, and shows what it made", async () => {
  const projectId = await newProject(altalune.clients(0));
  const wanted = request(projectId);
  const trail = await holdTrail(projectId);
  const first = altalune.clients(0).apiKeys.createApiKey(wanted);
  await trail.reached(1);
  let waits = true;
  const second = altalune
    .clients(1)
    .apiKeys.createApiKey(wanted)
    .finally(() => {
      waits = false;
    });
  await claimsWait();
  expect(waits).toBe(true);
  await trail.release();
  const [{ apiKey, keyValue }, again] = await Promise.all([first, second]);
  expect(keyValue).not.toBe("");
  expect(again).toMatchObject({ apiKey, keyValue: "" });
});

test("where the first call fails while the second waits, the second makes the key", async () => {
  const projectId = await newProject(altalune.clients(0));
  const wanted = request(projectId);
  const trail = await holdTrail(projectId);
  const first = altalune.clients(0).apiKeys.createApiKey(wanted);
  const failed = expect(first).rejects.toThrow();
  await trail.reached(1);
  const second = altalune.clients(1).apiKeys.createApiKey(wanted);
  await claimsWait();
  await trail.endWaiting();
  await failed;
  await trail.release();
  expect((await second).keyValue).not.toBe("");
  expect(await keysOf(projectId)).toHaveLength(1);
});

/** Holds the head of a trail, so that whoever writes to it stands still before his commit. */
async function holdTrail(projectId: string) {
  const [{ databaseUrl, db }] = altalune.instances;
  const holder = new pg.Client({ connectionString: databaseUrl });
  holder.on("error", () => undefined);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query("begin");
  await holder.query(
    `select from altalune_audit_heads
     where project_id = (select id from altalune_projects where public_id = $1) for update`,
    [projectId],
  );
  const waiting = () =>
    sql<{ pid: number }>`
      select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%altalune_audit_heads%'
    `.execute(db);
  return {
    reached: (count: number) => expect.poll(async () => (await waiting()).rows.length, patient).toBe(count),
    async endWaiting() {
      for (const { pid } of (await waiting()).rows) {
        await sql`select pg_terminate_backend(${pid})`.execute(db);
      }
    },
    release: () => holder.query("rollback"),
  };
}

const patient = { timeout: 10_000, interval: 10 };

async function claimsWait(): Promise<void> {
  const [{ db }] = altalune.instances;
  await expect.poll(() => lockWaits(db, "%altalune_request_ids%"), patient).toBe(1);
}
