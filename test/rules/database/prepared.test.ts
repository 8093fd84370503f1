import { type Kysely, sql } from "kysely";
import { expect, onTestFinished, test, vi } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { createLogger } from "../../../src/platform/logger.js";
import { createDatabase, type Database } from "../../../src/platform/postgres/database.js";
import { createPool } from "../../../src/platform/postgres/pool.js";
import { prepared } from "../../../src/platform/postgres/prepared.js";
import { startPgBouncer } from "../../process/propagation/pgbouncer.js";
import { createTestDatabase } from "../../support/database.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";

test("a statement with a name is parsed once by a connection, and takes what it is given each time", async () => {
  const { url } = await createTestDatabase();
  const db = oneConnection(url);
  expect([await doubled(db, 1), await doubled(db, 2), await doubled(db, 3)]).toEqual([2, 4, 6]);
  expect(await preparedIn(db)).toEqual([{ name: "doubled", runs: 3 }]);
});

test("one that fails is prepared by then or the next time, and never given up", async () => {
  const { url } = await createTestDatabase();
  const db = oneConnection(url);
  await expect(doubled(db, "many")).rejects.toThrow("invalid input syntax");
  expect(await doubled(db, 2)).toBe(4);
  // Within a transaction that has failed it is not even parsed.
  const other = (number: number) => prepared<{ it: number }>("other", sql`select ${number}::int as it`);
  await expect(
    db.transaction().execute(async (tx) => {
      await sql`select 1 / 0`.execute(tx).catch(() => undefined);
      await other(1).execute(tx);
    }),
  ).rejects.toThrow("aborted");
  expect((await other(2).execute(db)).rows).toEqual([{ it: 2 }]);
  expect((await preparedIn(db)).map(({ name }) => name)).toEqual(["doubled", "other"]);
});

test("a name is one text's, and another one is refused under it", async () => {
  const { url } = await createTestDatabase();
  const db = oneConnection(url);
  await doubled(db, 1);
  await expect(prepared("doubled", sql`select ${1}::int * 3 as it`).execute(db)).rejects.toThrow("must be unique");
  expect(await doubled(db, 4)).toBe(8);
});

test("a plan of when a table was small lasts ten seconds at most", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { url } = await createTestDatabase();
  const db = oneConnection(url);
  await sql`create table grows (id int primary key, text text) with (autovacuum_enabled = off)`.execute(db);
  const add = (from: number, to: number) =>
    sql`insert into grows select id, repeat('x', 100) from generate_series(${from}::int, ${to}::int) as id`.execute(db);
  await add(1, 1);
  await sql`vacuum analyze grows`.execute(db);
  const find = async () => {
    const { rows } = await prepared<{ id: number }>("find", sql`select id from grows where id = ${1}::int`).execute(db);
    return rows;
  };
  // From the sixth time on the database may keep a plan.
  for (let i = 0; i < 12; i++) {
    expect(await find()).toEqual([{ id: 1 }]);
  }
  await add(2, 20_000);
  const stepNow = async () => {
    const { rows } = await sql<{ "QUERY PLAN": readonly { Plan: { "Node Type": string } }[] }>`
      explain (format json) execute find(1)
    `.execute(db);
    return rows[0]?.["QUERY PLAN"][0]?.Plan["Node Type"];
  };
  vi.advanceTimersByTime(9_900);
  expect(await find()).toEqual([{ id: 1 }]);
  expect(await stepNow()).toBe("Seq Scan");
  vi.advanceTimersByTime(200);
  expect(await find()).toEqual([{ id: 1 }]);
  expect(await stepNow()).toMatch(/^Index/);
  expect(await preparedIn(db)).toMatchObject([{ name: "find" }]);
});

test("behind a pooler in transaction mode nothing is prepared", async ({ skip }) => {
  needTool(skip, "pgbouncer");
  const { url } = await createTestDatabase();
  const pooler = await startPgBouncer(url, "transaction");
  onTestFinished(() => pooler.stop());
  const db = oneConnection(pooler.url);
  expect([await doubled(db, 1), await doubled(db, 2)]).toEqual([2, 4]);
  expect(await preparedIn(db)).toEqual([]);
});

test("a migration of a newer version, with more columns in every table, is no matter to connections that are there", async () => {
  await using instance = await startTestInstance({ env: { ALTALUNE_DATABASE_POOL: "6" } });
  const { db, clients } = instance;
  const projectId = await newProject(clients, { maxKeysPerOwner: 100 });
  const makeAndRevoke = async (name: string) => {
    const { id } = await newApiKey(clients, projectId, { name, ownerId: "one" });
    const reason = RevocationReason.KEY_COMPROMISED;
    await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  };
  // From the sixth time on the database may keep a plan as well.
  for (let i = 0; i < 12; i++) {
    await makeAndRevoke(`before ${i}`);
  }
  const before = await connectionsOf(instance);
  const { rows: tables } = await sql<{ table: string }>`
    select relname as table from pg_class
    where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition
  `.execute(db);
  for (const { table } of tables) {
    await sql`alter table ${sql.table(table)} add column of_a_newer_version text default 'new'`.execute(db);
  }
  for (let i = 0; i < 12; i++) {
    await makeAndRevoke(`after ${i}`);
  }
  expect(before.length).toBeGreaterThan(1);
  expect(await connectionsOf(instance)).toEqual(expect.arrayContaining([...before]));
  expect(await clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
}, 60_000);

function oneConnection(url: string): Kysely<Database> {
  const db = createDatabase(createPool(url, { max: 1, logger: createLogger("silent") }));
  onTestFinished(() => db.destroy());
  return db;
}

async function doubled(db: Kysely<Database>, number: unknown): Promise<number | undefined> {
  const { rows } = await prepared<{ it: number }>("doubled", sql`select ${number}::int * 2 as it`).execute(db);
  return rows[0]?.it;
}

async function preparedIn(db: Kysely<Database>): Promise<readonly { readonly name: string; readonly runs: number }[]> {
  const { rows } = await sql<{ name: string; runs: number }>`
    select name, (generic_plans + custom_plans)::int as runs from pg_prepared_statements order by name
  `.execute(db);
  return rows;
}

/** Those of its processes that serve calls. */
async function connectionsOf({ db }: TestInstance): Promise<readonly number[]> {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity
    where datname = current_database() and application_name = 'altalune'
  `.execute(db);
  return rows.map(({ pid }) => pid);
}
