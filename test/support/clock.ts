import { type Kysely, sql } from "kysely";
import type { Database } from "../../src/platform/postgres/database.js";

// Benchmarks use this file: what it imports has to be there for them, too.
const minuteMs = 60_000;

/** Stops the clock of a test's database at a moment. */
export async function stopClockAt(db: Kysely<Database>, moment: Date): Promise<void> {
  await replaceClock(db, `timestamptz '${moment.toISOString()}'`);
}

/** Lets the clock of a test's database run this many milliseconds ahead of the world's; 0 sets it right again. */
export async function setClockAhead(db: Kysely<Database>, ms: number): Promise<void> {
  await replaceClock(db, `statement_timestamp() + interval '${ms} milliseconds'`);
}

/** As `setClockAhead`, by at most a minute more, so that a minute of that clock has just begun. */
export async function setClockAheadToNewMinute(db: Kysely<Database>, ms: number): Promise<void> {
  const sinceMinute = (Date.now() + ms) % minuteMs;
  await setClockAhead(db, ms + minuteMs - sinceMinute);
}

async function replaceClock(db: Kysely<Database>, expression: string): Promise<void> {
  const body = sql.lit(`select ${expression}`);
  await sql`
    create or replace function altalune_now() returns timestamptz language sql stable parallel safe as ${body}
  `.execute(db);
}
