import type { ColumnType, Generated } from "kysely";

/** Partitioned by hash(project_id); primary key (project_id, id). */
export interface ProjectApiKeysTable {
  project_id: bigint;
  id: Generated<bigint>;
  public_id: string;
  name: string;
  /** Empty: nobody's in particular. */
  owner_id: string;
  /** The project's prefix and the first 5 characters after it. */
  display_prefix: string;
  /** SHA-256 of the current value. */
  digest: Buffer;
  previous_digest: Buffer | null;
  previous_expires_at: Date | null;
  scopes: string[];
  /** Empty: none. */
  tier: string;
  per_minute: bigint | null;
  per_day: bigint | null;
  /** JSON, which the driver writes as text. */
  metadata: ColumnType<unknown, object | null, object | null>;
  active: Generated<boolean>;
  /** 'infinity' reads as the number Infinity. */
  expires_at: ColumnType<Date | number, Date | "infinity", Date | "infinity">;
  revoked_at: Date | null;
  revocation_reason: number | null;
  last_rotated_at: Date | null;
  /** Ciphertext; see MasterKey. */
  signing_secret: Buffer | null;
  previous_signing_secret: Buffer | null;
  previous_signing_secret_expires_at: Date | null;
  /** Of a root key: the public ids of the projects that it reaches. Null: all. */
  reachable_project_ids: string[] | null;
  /** JSON, as src/domain/rotation/stored-policy.ts writes it; null: it is never rotated by the service itself. */
  rotation_policy: ColumnType<unknown, object | null | undefined, object | null>;
  /** When the service rotates or renews it; null: not at all. */
  next_rotation_at: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  /** One more with each change. */
  version: Generated<bigint>;
}
