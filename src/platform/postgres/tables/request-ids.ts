import type { Generated } from "kysely";

/** The requests of a day that their clients named. */
export interface RequestIdsTable {
  project_id: bigint;
  actor: string;
  request_id: string;
  /** Keyed, of the request. */
  digest: Buffer;
  /** The public id of what the request made or changed. */
  resource_id: string;
  created_at: Generated<Date>;
}
