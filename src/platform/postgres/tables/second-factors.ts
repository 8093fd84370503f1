export interface UserTotpTable {
  user_id: bigint;
  /** Under a key that is under the master key. */
  secret: Buffer;
  /** The last step of 30 seconds whose code was taken. */
  last_step: bigint;
  /** Null: not confirmed yet, and so not asked for. */
  confirmed_at: Date | null;
}

export interface UserRecoveryCodesTable {
  user_id: bigint;
  /** SHA-256 of the user's id and the code. */
  digest: Buffer;
}
