import { DummyDriver, Kysely, PostgresDialect } from "kysely";
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
      new Kysely<Database>({
        config: { dialect: unused },
        dialect: unused,
        driver: new DummyDriver(),
        executor: atOnce,
      }),
    );
  });
}
