import type { ColumnType } from "kysely";

/** The last event of each project's chain: the row that a writer locks. */
export interface AuditHeadsTable {
  project_id: bigint;
  sequence: bigint;
  hash: Buffer;
}

export interface AuditEventsTable {
  project_id: bigint;
  sequence: bigint;
  actor: string;
  action: string;
  resource_id: string;
  occurred_at: Date;
  request_id: string;
  source_ip: string;
  /** JSON, which the driver writes as text. */
  detail: ColumnType<unknown, object, object>;
  hash: Buffer;
}
