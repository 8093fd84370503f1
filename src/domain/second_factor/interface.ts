import type { Executor } from "../../platform/postgres/database.js";

/** A user's authenticator, as it is stored. */
export interface StoredTotp {
  /** Sealed. */
  readonly secret: Buffer;
  readonly isConfirmed: boolean;
}

/** What the second-factor service needs of storage. */
export interface SecondFactorStore {
  find(db: Executor, userId: bigint): Promise<StoredTotp | undefined>;
  /** Puts an authenticator that is to be confirmed in the place of another such. @returns false: one is confirmed, and stays */
  begin(db: Executor, userId: bigint, secret: Buffer): Promise<boolean>;
  confirm(db: Executor, userId: bigint): Promise<void>;
  /** Takes a step of the clock for a code, and all before it. @returns false: it was taken before */
  takeStep(db: Executor, userId: bigint, step: number): Promise<boolean>;
  delete(db: Executor, userId: bigint): Promise<boolean>;

  insertRecoveryCodes(db: Executor, userId: bigint, digests: readonly Buffer[]): Promise<void>;
  /** @returns whether it was there, which it is no more */
  takeRecoveryCode(db: Executor, userId: bigint, digest: Buffer): Promise<boolean>;
  deleteRecoveryCodes(db: Executor, userId: bigint): Promise<void>;
  countRecoveryCodes(db: Executor, userId: bigint): Promise<number>;
}
