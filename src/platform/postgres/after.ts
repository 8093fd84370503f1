import { sql } from "kysely";

/** So many milliseconds from now, by the database's clock. */
export const after = (ms: number) => sql<Date>`altalune_now() + make_interval(secs => ${ms / 1000})`;
