/** What the routes of one's own account answer. */

export interface OwnSession {
  readonly id: string;
  readonly kind: "cookie" | "tokens";
  /** Whether it is the one that asks. */
  readonly current: boolean;
  readonly source_ip: string;
  readonly user_agent: string;
  readonly created_at: string;
  readonly last_used_at: string;
}

export interface OwnAuthenticator {
  readonly enabled: boolean;
  readonly recovery_codes_left: number;
}

export interface OwnPasskey {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

/** Secrets, shown once; none where the user has them already. */
export interface WithRecoveryCodes {
  readonly recovery_codes: readonly string[];
}
