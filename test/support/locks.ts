import { type Kysely, sql } from "kysely";
import pg from "pg";
import { onTestFinished } from "vitest";
import type { Database } from "../../src/platform/postgres/database.js";
import type { TestInstance } from "./instance.js";

/** Keeps everybody else from a table, at the latest until the test is over. @returns whose end frees it */
export async function lockTable({ databaseUrl }: Pick<TestInstance, "databaseUrl">, table: string): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  // A database that is dropped meanwhile ends it.
  holder.on("error", () => undefined);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query(`begin; lock table ${table} in access exclusive mode`);
  return holder;
}

/** How many statements in a database wait for a lock. @param like a pattern of SQL for those that count */
export async function lockWaits(db: Kysely<Database>, like = "%"): Promise<number> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like ${like}
  `.execute(db);
  return rows.length;
}
