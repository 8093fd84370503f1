import type { Generated } from "kysely";

/** Reports of exposed values that are not done with. */
export interface ExposureReportsTable {
  id: Generated<bigint>;
  /** SHA-256 of the value. */
  digest: Buffer;
  source: string;
  url: string;
  actor: string;
  request_id: string;
  source_ip: string;
  /** How often it could not be dealt with. */
  failures: Generated<number>;
  /** From when on it is due; whoever has taken it moves it ahead. */
  try_at: Generated<Date>;
}
