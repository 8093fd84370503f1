import { setTimeout as pause } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { Database } from "../../src/platform/postgres/database.js";
import { setClockAhead } from "../../test/support/clock.js";
import { withServices } from "../lib/with-services.js";

type At = Parameters<typeof withServices>[0];

const minuteMs = 60_000;
/** Within this long, in milliseconds, an instance hears what time it is by the database's clock. */
const heardMs = 1_500;

/**
 * Sets the database's clock forward by a minute at most, so that a minute of it ends in so many milliseconds: instances know no other
 * minutes, and nobody has to wait for one.
 */
export async function endMinuteIn(at: At, ms: number): Promise<void> {
  await setForward(at, (aheadMs) => minuteMs - ((Date.now() + aheadMs + heardMs + ms) % minuteMs));
}

/** Sets it forward by a minute at most, so that its minutes end with those of this machine, as without us. */
export async function endMinutesAsHere(at: At): Promise<void> {
  await setForward(at, (aheadMs) => minuteMs - (aheadMs % minuteMs));
}

/** @param by how far, in milliseconds, told how far it is ahead already */
async function setForward(at: At, by: (aheadMs: number) => number): Promise<void> {
  await withServices(at, async (_services, db) => {
    const aheadMs = await aheadOfMachine(db);
    await setClockAhead(db, aheadMs + by(aheadMs));
  });
  await pause(heardMs);
}

async function aheadOfMachine(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select round(extract(epoch from altalune_now() - statement_timestamp()) * 1000)::float8 as ms
  `.execute(db);
  return rows[0]?.ms ?? 0;
}
