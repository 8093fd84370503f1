import { DummyDriver, type Kysely, PostgresDialect, sql, Transaction } from "kysely";
import type { Database, Executor } from "./database.js";

const unused = new PostgresDialect({ pool: () => Promise.reject(new Error("a transaction has a connection")) });

/**
 * Lets statements of a transaction follow each other on its connection without waiting for the answers of those before: those that are
 * executed at once share a round trip. The database runs them in their order. What fails makes those fail that were sent after it, up to
 * the transaction's rollback.
 *
 * @param send is given the transaction; whoever executes several statements at once awaits them together, by Promise.all
 */
export function pipelined<Result>(tx: Executor, send: (tx: Executor) => Promise<Result>): Promise<Result> {
  const executor = tx.getExecutor();
  return executor.provideConnection((connection) => {
    const atOnce = executor.withConnectionProvider({ provideConnection: (use) => use(connection) });
    return send(
      new Transaction<Database>({
        config: { dialect: unused },
        dialect: unused,
        driver: new DummyDriver(),
        executor: atOnce,
      }),
    );
  });
}

/**
 * Runs a transaction in the same way, and does not wait for its begin either.
 *
 * @param lockTimeoutMs for how long its statements wait for a lock
 * @param send is given a promise as well, which rejects where the transaction could not begin: what is sent before it is fulfilled may
 * then have been a transaction of its own, so nothing is written before
 */
export function pipelinedTransaction<Result>(
  db: Kysely<Database>,
  lockTimeoutMs: number,
  send: (tx: Executor, begun: Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  return db.connection().execute((connection) =>
    pipelined(connection, async (tx) => {
      const rollback = () => sql`rollback`.execute(tx);
      const begun = sql`
        begin isolation level read committed read write; set local lock_timeout = ${sql.lit(lockTimeoutMs)}
      `.execute(tx);
      try {
        const [result] = await Promise.all([send(tx, begun), begun]);
        const { rows } = await sql<{ command: string }>`commit`.execute(tx);
        if (rows[0]?.command !== "COMMIT") {
          throw new Error("the transaction was rolled back instead of committed");
        }
        return result;
      } catch (error) {
        // A connection whose rollback fails twice is lost, and the pool sees that by itself.
        await rollback()
          .catch(rollback)
          .catch(() => undefined);
        throw error;
      }
    }),
  );
}
