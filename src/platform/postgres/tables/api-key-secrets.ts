import type { ColumnType, Generated } from "kysely";

/** Partitioned by hash(digest): global uniqueness of keys, and the look-up of a key whose project is unknown. */
export interface ApiKeySecretsTable {
  digest: Buffer;
  project_id: bigint;
  api_key_id: bigint;
  /** The end of a predecessor's grace; 'infinity', which reads as the number Infinity, for a current value. */
  expires_at: ColumnType<Date | number, Date | "infinity" | undefined, Date | "infinity">;
  /** Whether the service made it by itself, and it was not used yet: its value may still wait, sealed. */
  awaits_use: Generated<boolean>;
}
