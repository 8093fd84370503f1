import {
  CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  type Kysely,
  PostgresDialect,
  type QueryExecutor,
  Transaction,
} from "kysely";
import type { Database, Executor } from "./database.js";

const unused = new PostgresDialect({ pool: () => Promise.reject(new Error("a transaction has a connection")) });

/**
 * Lets statements of a transaction follow each other on its connection without waiting for the answers of those before: those that are
 * executed at once share a round trip. The database runs them in their order. What fails makes those fail that were sent after it, up to
 * the transaction's rollback.
 *
 * @param send is given the transaction, until it has settled; whoever executes several statements at once awaits them together, by
 * Promise.all
 */
export function pipelined<Result>(tx: Executor, send: (tx: Executor) => Promise<Result>): Promise<Result> {
  const executor = tx.getExecutor();
  return executor.provideConnection((connection) => sendOn(executor, connection, send));
}

/**
 * Runs a transaction in the same way, and does not wait for its begin either.
 *
 * @param lockTimeoutMs for how long its statements wait for a lock
 * @param send is given a promise as well, which rejects where the transaction could not begin: what was sent before it is fulfilled may
 * then have been a transaction of its own, so it is to be what may stay
 */
export function pipelinedTransaction<Result>(
  db: Kysely<Database>,
  lockTimeoutMs: number,
  send: (tx: Executor, begun: Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const executor = db.getExecutor();
  return executor.provideConnection(async (connection) => {
    const run = (statement: string) => connection.executeQuery<{ command: string }>(CompiledQuery.raw(statement));
    const begun = run(`begin isolation level read committed read write; set local lock_timeout = ${lockTimeoutMs}`);
    const sent = sendOn(executor, connection, (tx) => send(tx, begun));
    try {
      const [result] = await Promise.all([sent, begun]);
      const { rows } = await run("commit");
      if (rows[0]?.command !== "COMMIT") {
        throw new Error("the transaction was rolled back instead of committed");
      }
      return result;
    } catch (error) {
      // Nothing of it is to come after the rollback.
      await sent.catch(() => undefined);
      const rollback = () => run("rollback");
      // Again where the first was cancelled. A connection that is lost is none of the pool's any more.
      await rollback()
        .catch(rollback)
        .catch(() => undefined);
      throw error;
    }
  });
}

/**
 * Sends statements on a connection as they come: Kysely's own transaction sends one once the one before is answered. What comes when all is
 * settled is refused, since the connection may be another's by then.
 */
async function sendOn<Result>(
  executor: QueryExecutor,
  connection: DatabaseConnection,
  send: (tx: Executor) => Promise<Result>,
): Promise<Result> {
  let isOver = false;
  const tx = new Transaction<Database>({
    config: { dialect: unused },
    dialect: unused,
    driver: new DummyDriver(),
    executor: executor.withConnectionProvider({
      provideConnection: async (use) => {
        if (isOver) {
          throw new Error("the transaction is over");
        }
        return use(connection);
      },
    }),
  });
  try {
    return await send(tx);
  } finally {
    isOver = true;
  }
}
