import { sql } from "kysely";

/** What each change of a row that has an etag sets beside what it changes. */
export const changed = { updated_at: sql<Date>`altalune_now()`, version: sql<bigint>`version + 1` } as const;
