import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

const minuteMs = 60_000;
/** Within this long, in milliseconds, an instance hears what time it is by the database's clock. */
const heardMs = 1_500;

/**
 * Sets the database's clock forward by a minute at most, so that a minute of it ends in so many milliseconds: instances know no other
 * minutes, and nobody has to wait for one.
 */
export async function endMinuteIn(databaseUrl: string, ms: number): Promise<void> {
  await setForward(databaseUrl, ({ now }) => minuteMs - ((now + heardMs + ms) % minuteMs));
}

/** Sets it forward by a minute at most, so that its minutes end with those of this machine. */
export async function endMinutesAsHere(databaseUrl: string): Promise<void> {
  await setForward(databaseUrl, ({ ahead }) => minuteMs - (ahead % minuteMs));
}

/** @param by how far, told what the database's clock shows, and how far that is ahead of its machine's, all in milliseconds */
async function setForward(
  databaseUrl: string,
  by: (clock: { readonly now: number; readonly ahead: number }) => number,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ now: number; ahead: number }>(`
      select
        extract(epoch from altalune_now())::float8 * 1000 as now,
        round(extract(epoch from altalune_now() - statement_timestamp()) * 1000)::float8 as ahead
    `);
    const clock = rows[0] ?? { now: Number.NaN, ahead: Number.NaN };
    await client.query(`
      create or replace function altalune_now() returns timestamptz language sql stable parallel safe
      as $$ select statement_timestamp() + interval '${Math.round(clock.ahead + by(clock))} milliseconds' $$
    `);
  } finally {
    await client.end();
  }
  await pause(heardMs);
}
