import type { Generated } from "kysely";

/** Sessions in which owners manage their own keys. */
export interface PortalSessionsTable {
  project_id: bigint;
  /** SHA-256. */
  code_digest: Buffer;
  code_expires_at: Date;
  /** SHA-256; null: the code was not used. */
  token_digest: Generated<Buffer | null>;
  owner_id: string;
  permissions: string[];
  /** Empty: none. */
  return_url: string;
  expires_at: Date;
}
