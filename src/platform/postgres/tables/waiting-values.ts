import type { Generated } from "kysely";

/** Values of keys that were rotated by the service itself, until they were claimed and used. Primary key (project_id, api_key_id). */
export interface WaitingValuesTable {
  project_id: bigint;
  api_key_id: bigint;
  /** SHA-256 of the value. It is the key's current one, unless the switch was put off. */
  digest: Buffer;
  display_prefix: string;
  /** Ciphertext; see MasterKey. */
  sealed: Buffer;
  /** Whether anybody has claimed it. */
  is_claimed: Generated<boolean>;
  /** When people are told that nobody has; null: they were, or somebody has. Index on it. */
  remind_at: Date | null;
}
