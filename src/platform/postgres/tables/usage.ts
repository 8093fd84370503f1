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
