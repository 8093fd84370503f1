import type { Generated, JSONColumnType } from "kysely";

export interface ProjectsTable {
  id: Generated<bigint>;
  public_id: string;
  name: string;
  key_prefix: string;
  /** 0: no cap. */
  max_keys_per_owner: bigint;
  allow_never_expires: boolean;
  default_scopes: string[];
  /** Empty: none. */
  default_tier: string;
  /** As src/domain/project/row.ts writes it; null: nothing was said. */
  owner_access: JSONColumnType<object | null, string | null, string | null>;
  /** What keys are given that say nothing else; JSON, as src/domain/rotation/stored-policy.ts writes it. Null: none. */
  rotation_policy: JSONColumnType<object | null, string | null, string | null>;
  /** As src/domain/project/model.ts numbers it. */
  exposure_policy: number;
  suspicious_policy: number;
  /** In small letters. */
  contact_emails: Generated<string[]>;
  /** As src/domain/notice/stored-settings.ts writes it; null: nothing was said. */
  notices: JSONColumnType<object | null, string | null | undefined, string | null>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  /** One more with each change. */
  version: Generated<bigint>;
  deleted_at: Date | null;
  /** When the keys of a deleted project were all gone. */
  purged_at: Date | null;
}
