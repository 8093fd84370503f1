import type { Generated } from "kysely";

/** Who users are at providers. */
export interface UserIdentitiesTable {
  issuer: string;
  subject: string;
  user_id: bigint;
  /** Whether the user came by a claim, and not by an invitation. */
  by_claim: boolean;
  created_at: Generated<Date>;
}
