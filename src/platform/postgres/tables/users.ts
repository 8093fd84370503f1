import type { ColumnType, Generated } from "kysely";

export interface UsersTable {
  id: Generated<bigint>;
  public_id: string;
  /** Null: the invitation was not taken up. */
  username: string | null;
  /** In lower case. */
  email: string;
  /** Whether somebody else than a stranger who registered says that it is the user's. */
  email_is_known: Generated<boolean>;
  display_name: Generated<string>;
  role: number;
  project_ids: string[];
  all_projects: boolean;
  disabled: Generated<boolean>;
  /** As argon2id has it; null: none yet. */
  password_hash: string | null;
  last_login_at: Date | null;
  version: Generated<bigint>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface UserInvitationsTable {
  /** SHA-256 of its code. */
  digest: Buffer;
  /** Null: for whoever sets the instance up. */
  user_id: bigint | null;
  expires_at: Date;
}

export interface UserSessionsTable {
  id: Generated<bigint>;
  public_id: string;
  user_id: bigint;
  /** SHA-256 of its token. */
  digest: Buffer;
  kind: number;
  source_ip: string;
  user_agent: string;
  created_at: Date;
  last_used_at: Date;
  /** For how long it may lie unused. */
  idle_seconds: number;
  expires_at: Date;
}

export interface UserRefreshTokensTable {
  /** SHA-256 of the token. */
  digest: Buffer;
  session_id: bigint;
  /** Null: it was not used yet. */
  used_at: Date | null;
  expires_at: Date;
}

/** Where a user has signed in from. */
export interface UserAddressesTable {
  user_id: bigint;
  address: string;
  last_login_at: Date;
}

/** What access tokens are signed with. */
export interface TokenKeysTable {
  id: string;
  public_key: ColumnType<unknown, string, never>;
  /** Under the master key. */
  private_key: Buffer;
  created_at: Generated<Date>;
}
