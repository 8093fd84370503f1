import {
  CompiledQuery,
  type DatabaseConnection,
  DummyDriver,
  type Kysely,
  PostgresDialect,
  type QueryExecutor,
  Transaction,
} from "kysely";
import type { Database, Executor, Statement } from "./database.js";
import { isStatementError } from "./errors.js";

const unused = new PostgresDialect({ pool: () => Promise.reject(new Error("a transaction has a connection")) });

interface PipelinedOptions {
  /** For how long its statements wait for a lock, in milliseconds; as long as the connection's do unless given. */
  readonly lockTimeoutMs?: number;
}

/** What a transaction is to end with. */
interface Ending<Result> {
  readonly result: Result;
  /**
   * What is left to be run, in its order. It goes with the commit, in one round trip: where others wait for what the transaction has
   * locked, they wait for one less.
   */
  readonly last: readonly Statement[];
}

/** Errors of commits. */
const failedCommits = new WeakSet<object>();

/** Whether an error is one of a commit, of which it may not be known whether it was carried out. */
export function isFailedCommit(error: unknown): boolean {
  return typeof error === "object" && error !== null && failedCommits.has(error);
}

function atCommit(reason: unknown): unknown {
  failedCommits.add(reason as object);
  return reason;
}

/** How often a rollback is sent that is cancelled, as by somebody who meant the statement before. */
const maxRollbacks = 10;

/** Again where it was cancelled: the next is to find no transaction. A connection that is lost is none of the pool's any more. */
async function rollBack(send: () => Promise<unknown>): Promise<void> {
  for (let sent = 1; sent <= maxRollbacks; sent++) {
    try {
      await send();
      return;
    } catch (error) {
      if (!isStatementError(error)) {
        return;
      }
    }
  }
}

/**
 * Runs a transaction whose statements may follow each other on its connection without waiting for the answers of those before: those that
 * are executed at once, by Promise.all, share a round trip, and the first of them that of its begin. The database runs them in their order.
 * What fails makes those fail that were sent after it, up to the rollback.
 *
 * @param send is given the transaction, until it has settled, and a promise, which rejects where the transaction could not begin: what was
 * sent before it is fulfilled may then have been a transaction of its own, so it is to be what may stay
 */
export function pipelinedTransaction<Result>(
  db: Kysely<Database>,
  { lockTimeoutMs }: PipelinedOptions,
  send: (tx: Executor, begun: Promise<unknown>) => Promise<Ending<Result>>,
): Promise<Result> {
  const executor = db.getExecutor();
  return executor.provideConnection(async (connection) => {
    const run = (statement: string) => connection.executeQuery<{ command: string }>(CompiledQuery.raw(statement));
    const begin = "begin isolation level read committed read write";
    const begun = run(lockTimeoutMs === undefined ? begin : `${begin}; set local lock_timeout = ${lockTimeoutMs}`);
    const sent = sendOn(executor, connection, (tx) => send(tx, begun));
    try {
      const [{ result, last }] = await Promise.all([sent, begun]);
      const ended = last.map((statement) => connection.executeQuery(statement.compile(db)));
      const committed = run("commit");
      const [commit, ...ends] = await Promise.allSettled([committed, ...ended]);
      if (commit.status === "rejected") {
        throw atCommit(commit.reason);
      }
      const isCommitted = commit.value.rows[0]?.command === "COMMIT";
      const failed = ends.find((end) => end.status === "rejected");
      if (failed !== undefined) {
        // What the driver could not even send, the database knows nothing of.
        throw isCommitted ? atCommit(failed.reason) : failed.reason;
      }
      if (!isCommitted) {
        throw new Error("the transaction was rolled back instead of committed");
      }
      return result;
    } catch (error) {
      // Nothing of it is to come after the rollback.
      await sent.catch(() => undefined);
      await rollBack(() => run("rollback"));
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
