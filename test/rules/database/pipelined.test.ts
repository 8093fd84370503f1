import { type Kysely, sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";
import { createDatabase, type Database, type Executor } from "../../../src/platform/postgres/database.js";
import { isFailedCommit, pipelinedTransaction } from "../../../src/platform/postgres/pipelined.js";
import { createPool } from "../../../src/platform/postgres/pool.js";
import { prepared } from "../../../src/platform/postgres/prepared.js";
import { startTcpProxy, type TcpProxy } from "../../process/failover/tcp-proxy.js";
import { createTestDatabase } from "../../support/database.js";

test("statements of a transaction that are executed at once do not wait for each other's answers", async () => {
  const { db, proxy, sent } = await oneConnection();
  const answers = inTransaction(db, (tx) => {
    proxy.muteAnswers();
    return Promise.all([
      numberBy(tx, "select 41 + 1"),
      numberBy(tx, "select txid_current()"),
      numberBy(tx, "select 6 * 9"),
    ]);
  });
  await expect.poll(sent).toMatch(/41 \+ 1.*txid_current.*6 \* 9/s);
  proxy.thaw();
  expect(await answers).toEqual([42, expect.any(Number), 54]);
});

test("they run in their order, within the transaction", async () => {
  const { db } = await oneConnection();
  await sql`create table steps (place int)`.execute(db);
  const counts = await inTransaction(db, (tx) =>
    Promise.all([
      numberBy(tx, "insert into steps values (1) returning place"),
      numberBy(tx, "select count(*)::int from steps"),
      numberBy(tx, "insert into steps select max(place) + 1 from steps returning place"),
    ]),
  );
  expect(counts).toEqual([1, 1, 2]);
  await expect(
    inTransaction(db, async (tx) => {
      await numberBy(tx, "insert into steps values (3) returning place");
      throw new Error("changed my mind");
    }),
  ).rejects.toThrow("changed my mind");
  expect(await numberBy(db, "select count(*)::int from steps")).toBe(2);
});

test("one that fails takes those with it that were sent after, nothing is written, and the connection goes on", async () => {
  const { db } = await oneConnection();
  await sql`create table steps (place int)`.execute(db);
  let ends: readonly unknown[] = [];
  const committed = inTransaction(db, async (tx) => {
    const settled = await Promise.allSettled([
      numberBy(tx, "insert into steps values (1) returning place"),
      numberBy(tx, "select 1 / (count(*)::int - 1) from steps"),
      numberBy(tx, "insert into steps values (2) returning place"),
    ]);
    ends = settled.map((end) => (end.status === "fulfilled" ? end.value : String(end.reason)));
  });
  await expect(committed).rejects.toThrow("rolled back");
  expect(ends).toEqual([1, expect.stringContaining("division by zero"), expect.stringContaining("aborted")]);
  expect(await numberBy(db, "select count(*)::int from steps")).toBe(0);
  await expect(
    inTransaction(db, (tx) => Promise.all([numberBy(tx, "select 1 / 0"), numberBy(tx, "select 1")])),
  ).rejects.toThrow("division by zero");
});

test("a connection that is lost fails all of them, and the next one serves", async () => {
  const { db } = await oneConnection();
  const ends = inTransaction(db, (tx) =>
    Promise.all([numberBy(tx, "select pg_terminate_backend(pg_backend_pid())::int"), numberBy(tx, "select 1")]),
  );
  await expect(ends).rejects.toThrow(/terminat/);
  expect(await numberBy(db, "select 1")).toBe(1);
});

test("rows are read in parts by the same connection, before and after", async () => {
  const { db } = await oneConnection();
  for (let round = 0; round < 3; round++) {
    expect(await inTransaction(db, (tx) => Promise.all([numberBy(tx, "select 1"), numberBy(tx, "select 2")]))).toEqual([
      1, 2,
    ]);
    const numbers = db.selectFrom(sql<{ number: number }>`generate_series(1, 5)`.as<"all">(sql`all_of_them(number)`));
    const read: unknown[] = [];
    for await (const row of numbers.select(sql`number`.as("number")).stream(2)) {
      read.push(row.number);
      if (read.length === 3 + round) {
        break;
      }
    }
    expect(read).toHaveLength(3 + round);
  }
});

test("a transaction's first statements go with its begin, which is written or rolled back like every other", async () => {
  const { db, proxy, sent } = await oneConnection();
  await sql`create table steps (place int)`.execute(db);
  proxy.muteAnswers();
  const lockTimeouts = inTransaction(db, (tx) =>
    Promise.all([
      sql<{ lock_timeout: string }>`show lock_timeout`.execute(tx).then(({ rows }) => rows[0]?.lock_timeout),
      numberBy(tx, "insert into steps values (1) returning place"),
    ]),
  );
  await expect.poll(sent).toMatch(/begin isolation level read committed.*show lock_timeout.*insert into steps/s);
  proxy.thaw();
  expect(await lockTimeouts).toEqual(["1234ms", 1]);
  const denied = new Error("denied");
  const failing = (send: (tx: Executor) => Promise<unknown>) => inTransaction(db, send);
  await expect(
    failing(async (tx) => {
      await numberBy(tx, "insert into steps values (2) returning place");
      throw denied;
    }),
  ).rejects.toBe(denied);
  await expect(
    failing((tx) =>
      Promise.all([numberBy(tx, "insert into steps values (3) returning place"), numberBy(tx, "select 1 / 0")]),
    ),
  ).rejects.toThrow("division by zero");
  await expect(
    failing(async (tx) => {
      await numberBy(tx, "insert into steps values (4) returning place");
      await numberBy(tx, "select 1 / 0").catch(() => undefined);
    }),
  ).rejects.toThrow("rolled back instead of committed");
  await expect(failing((tx) => numberBy(tx, "select pg_terminate_backend(pg_backend_pid())::int"))).rejects.toThrow(
    /terminat/,
  );
  expect(await numberBy(db, "select count(*)::int from steps")).toBe(1);
  const { rows } = await sql<{ lock_timeout: string }>`show lock_timeout`.execute(db);
  expect(rows).toEqual([{ lock_timeout: "10s" }]);
});

test("what goes on after its transaction has failed is refused, whoever has the connection by then", async () => {
  const { db } = await oneConnection();
  await sql`create table steps (place int)`.execute(db);
  const failed = Promise.withResolvers<void>();
  let stray: Promise<unknown> | undefined;
  const transaction = inTransaction(db, (tx) => {
    stray = failed.promise.then(() => numberBy(tx, "insert into steps values (1) returning place"));
    return Promise.all([stray, numberBy(tx, "select 1 / 0")]);
  });
  await expect(transaction).rejects.toThrow("division by zero");
  failed.resolve();
  await expect(stray).rejects.toThrow("the transaction is over");
  expect(await numberBy(db, "select count(*)::int from steps")).toBe(0);
});

test("one that could not begin says so before anything is written", async () => {
  const { db } = await oneConnection();
  const written = pipelinedTransaction(db, { lockTimeoutMs: -5 }, async (tx, begun) => {
    await begun;
    return { result: await numberBy(tx, "create table never (place int)"), last: [] };
  });
  await expect(written).rejects.toThrow(/lock_timeout/);
  expect(await numberBy(db, "select count(*)::int from pg_class where relname = 'never'")).toBe(0);
});

test("what is left of a transaction goes with its commit, and is written or not with all of it", async () => {
  const { db, proxy, sent } = await oneConnection();
  await sql`create table steps (place int unique deferrable initially deferred)`.execute(db);
  const endingIn = (last: readonly string[], onLast: () => void = () => {}) =>
    pipelinedTransaction(db, {}, async (tx) => {
      const result = await numberBy(tx, "insert into steps values (1) returning place");
      onLast();
      return { result, last: last.map((statement) => sql.raw(statement)) };
    });
  const failureOf = async (transaction: Promise<unknown>) => {
    const error: unknown = await transaction.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error: String(error), ofCommit: isFailedCommit(error) };
  };

  const lasts = ["insert into steps values (2)", "insert into steps select max(place) + 1 from steps"];
  const written = endingIn(lasts, proxy.muteAnswers);
  await expect.poll(sent).toMatch(/values \(2\).*max\(place\).*commit/s);
  proxy.thaw();
  expect(await written).toBe(1);
  expect(await numberBy(db, "select count(*)::int from steps")).toBe(3);

  await sql`delete from steps`.execute(db);
  for (const [last, error, ofCommit] of [
    ["select 1 / 0", "division by zero", false],
    ["insert into steps values (1)", "duplicate key", true],
    ["select pg_terminate_backend(pg_backend_pid())", "terminat", true],
  ] as const) {
    expect(await failureOf(endingIn(["insert into steps values (2)", last]))).toEqual({
      error: expect.stringContaining(error),
      ofCommit,
    });
    expect(await numberBy(db, "select count(*)::int from steps")).toBe(0);
  }
});

test("where a last statement could not even be sent, the transaction is not told as done", async () => {
  const { db } = await oneConnection();
  await sql`create table steps (place int)`.execute(db);
  await prepared("one", sql`select 1`).execute(db);
  const failing = pipelinedTransaction(db, {}, async (tx) => {
    const result = await numberBy(tx, "insert into steps values (1) returning place");
    // The driver refuses another text under a name, and the database never hears of it.
    return { result, last: [prepared("one", sql`select 2`)] };
  });
  const error: unknown = await failing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect([String(error), isFailedCommit(error)]).toEqual([expect.stringContaining("must be unique"), true]);
  expect(await numberBy(db, "select count(*)::int from steps")).toBe(1);
});

/** A database of one connection, the way there, and what has been sent on it. */
async function oneConnection(): Promise<{ db: Kysely<Database>; proxy: TcpProxy; sent: () => string }> {
  const { url } = await createTestDatabase();
  let sent = "";
  const proxy = await startTcpProxy(url, (bytes) => {
    sent += bytes.toString("latin1");
  });
  const db = createDatabase(createPool(proxy.url, { max: 1, logger: createLogger("silent") }));
  onTestFinished(async () => {
    await db.destroy();
    await proxy.close();
  });
  return { db, proxy, sent: () => sent };
}

function inTransaction<Result>(db: Kysely<Database>, send: (tx: Executor) => Promise<Result>): Promise<Result> {
  return pipelinedTransaction(db, { lockTimeoutMs: 1_234 }, async (tx) => ({ result: await send(tx), last: [] }));
}

/** The one value of a statement's one row. */
async function numberBy(db: Executor, statement: string): Promise<number> {
  const { rows } = await sql.raw<Record<string, number | bigint>>(statement).execute(db);
  return Number(Object.values(rows[0] ?? {})[0]);
}
