import { type Kysely, sql } from "kysely";
import pg from "pg";
import { onTestFinished } from "vitest";
import type { Database } from "../../src/platform/postgres/database.js";
import type { TestInstance } from "./instance.js";

/** Keeps everybody else from tables, at the latest until the test is over. @returns whose end frees it */
export async function lockTables(
  { databaseUrl }: Pick<TestInstance, "databaseUrl">,
  tables: string,
): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  // A database that is dropped meanwhile ends it.
  holder.on("error", () => undefined);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query(`begin; lock table ${tables} in access exclusive mode`);
  return holder;
}

/** What `pg_stat_activity` says of a statement that waits for a lock: the server has other databases, of other tests. */
export const waitsForLock = "datname = current_database() and wait_event_type = 'Lock'";

/** How many statements in a database wait for a lock. @param like a pattern of SQL for those that count */
export async function lockWaits(db: Kysely<Database>, like = "%"): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity
    where ${sql.raw(waitsForLock)} and query like ${like}
  `.execute(db);
  return rows.length;
}
