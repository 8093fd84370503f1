import { sql } from "kysely";
import pg from "pg";
import { onTestFinished } from "vitest";
import type { TestInstance } from "./instance.js";

/** Every walk along a trail, kept from reading events for as long as a test wants. */
export interface HeldEvents {
  /** How many walks wait to read. */
  waiting(): Promise<number>;
  release(): Promise<void>;
}

/** Locks the events of all trails; at the latest until the test is over. */
export async function holdEvents({ databaseUrl, db }: TestInstance): Promise<HeldEvents> {
  const holder = new pg.Client({ connectionString: databaseUrl });
  holder.on("error", () => undefined);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query("begin; lock table altalune_audit_events in access exclusive mode");
  return {
    async waiting() {
      const { rows } = await sql`
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%altalune_audit_events%'
      `.execute(db);
      return rows.length;
    },
    async release() {
      await holder.query("rollback");
    },
  };
}
