import { sql } from "kysely";
import pg from "pg";
import { expect, onTestFinished } from "vitest";
import type { TestInstance } from "./instance.js";

/** Adds jobs at the moment at which a worker takes all that wait: what it takes is committed once the adding waits for it. */
export async function addWhileTaken({ databaseUrl, db }: TestInstance, add: () => Promise<unknown>): Promise<void> {
  const worker = new pg.Client({ connectionString: databaseUrl });
  await worker.connect();
  onTestFinished(() => worker.end());
  await worker.query(`
    begin;
    update altalune_jobs._private_jobs set attempts = attempts + 1, locked_by = 'worker', locked_at = now() where is_available
  `);
  const added = add();
  const waiting = async () => {
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%next_attempt_at%'
    `.execute(db);
    return rows.length;
  };
  await expect.poll(waiting).toBe(1);
  await worker.query("commit");
  await added;
}
