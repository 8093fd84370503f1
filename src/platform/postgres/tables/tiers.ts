import type { Generated } from "kysely";

export interface TiersTable {
  /** Only the tie-break of listings. */
  id: Generated<bigint>;
  name: string;
  /** Null inherits (no limit), 0 is unlimited. */
  per_minute: bigint | null;
  per_day: bigint | null;
  version: Generated<bigint>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}
