import type { Generated } from "kysely";

export interface UserPasskeysTable {
  public_id: string;
  user_id: bigint;
  name: string;
  credential_id: Buffer;
  /** As COSE has it. */
  public_key: Buffer;
  /** How browsers reach it, in the words of WebAuthn. */
  transports: string[];
  /** How often it was used, as it says itself; 0: it does not count. */
  sign_count: bigint;
  created_at: Generated<Date>;
  last_used_at: Date | null;
}

/** Challenges that were answered. */
export interface UserPasskeyChallengesTable {
  digest: Buffer;
  ends_at: Date;
}
