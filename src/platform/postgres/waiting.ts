import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";

const firstMs = 1_000;
const againMs = 10_000;

/** Logs whom a migration waits for, as long as it does. @returns ends it */
export function tellOfWaiting<T>(open: () => Kysely<T>, logger: Logger): () => void {
  let timer = setTimeout(look, firstMs).unref();
  let over = false;
  async function look(): Promise<void> {
    const db = open();
    try {
      const { rows } = await sql<{ pid: number; application: string; since: Date }>`
        select pid, application_name as application, state_change as since from pg_stat_activity
        where pid in (
          select unnest(pg_blocking_pids(waiting.pid)) from pg_stat_activity as waiting
          where waiting.datname = current_database() and waiting.usename = current_user and waiting.wait_event_type = 'Lock'
        )
      `.execute(db);
      if (!over && rows.length > 0) {
        logger.warn({ held_by: rows }, "waiting for another session to let go of what the migration needs");
      }
    } catch (error) {
      logger.debug({ err: error }, "whom the migration waits for could not be asked");
    } finally {
      await db.destroy();
    }
    if (!over) {
      timer = setTimeout(look, againMs).unref();
    }
  }
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
