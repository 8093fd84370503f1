import type { Generated } from "kysely";

/** Partitioned by range of `hour`. */
export interface ApiKeyUsageTable {
  project_id: bigint;
  api_key_id: bigint;
  /** When the UTC hour starts. */
  hour: Date;
  /** The number of a VerificationCode. */
  code: number;
  verifications: bigint;
}

/** The last batch of usage that each instance has written. */
export interface UsageBatchesTable {
  instance_id: string;
  sequence: bigint;
  written_at: Date;
}

/** Usage that is not added up yet: a row of usage has the same place in each of an entry's arrays. */
export interface UsageJournalTable {
  id: Generated<bigint>;
  written_at: Date;
  /** Whether it holds each key and code once, summed over several batches; else it is a batch as it was written. */
  is_sum: boolean;
  /** When the UTC hour of all of it starts. */
  hour: Date;
  project_ids: bigint[];
  api_key_ids: bigint[];
  codes: number[];
  verifications: bigint[];
  /** In milliseconds since the epoch; 0: the row does not tell. */
  last_used_ms: bigint[];
}
