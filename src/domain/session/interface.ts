import type { JWK } from "jose";
import type { Executor } from "../../platform/postgres/database.js";
import type { ListedSession, SessionKind, SessionOrigin, SessionRecord } from "./model.js";

export interface NewSession extends SessionOrigin {
  readonly publicId: string;
  readonly userId: bigint;
  readonly digest: Buffer;
  readonly kind: SessionKind;
}

export interface NewRefreshToken {
  readonly sessionId: bigint;
  readonly digest: Buffer;
  readonly lifetimeMs: number;
}

/** A key that access tokens are signed with, as it is stored. */
export interface StoredTokenKey {
  readonly id: string;
  readonly publicKey: JWK;
  /** Sealed. */
  readonly privateKey: Buffer;
  readonly createdAt: Date;
  /** By the database's clock. */
  readonly ageMs: number;
}

export type NewTokenKey = Pick<StoredTokenKey, "id" | "publicKey" | "privateKey">;

/** When a session was used, by this process's clock. */
export interface SessionUse {
  readonly id: bigint;
  readonly agoMs: number;
}

/** What the session service needs of storage. */
export interface SessionStore {
  /**
   * Inserts a session, and ends those of the user that were used longest ago, so that with it there are no more than so many. The caller
   * has locked the user's row, so that two at once do not each keep theirs.
   */
  insert(db: Executor, session: NewSession, most: number): Promise<{ readonly id: bigint; readonly expiresAt: Date }>;
  /** Of each that is asked for, in their order; undefined: there is none that is open. */
  findByDigests(db: Executor, digests: readonly Buffer[]): Promise<readonly (SessionRecord | undefined)[]>;
  findByPublicIds(db: Executor, publicIds: readonly string[]): Promise<readonly (SessionRecord | undefined)[]>;
  /** Those of a user that are not over, the one that was used last first. */
  list(db: Executor, userId: bigint): Promise<readonly ListedSession[]>;
  /** Whether the user has it and it is open, which stays so until the transaction ends. */
  hold(db: Executor, userId: bigint, publicId: string): Promise<boolean>;
  /** @returns whether the user had it */
  delete(db: Executor, userId: bigint, publicId: string): Promise<boolean>;
  /** @param except the public id of one that stays */
  deleteAll(db: Executor, userId: bigint, except: string | undefined): Promise<void>;
  touch(db: Executor, uses: readonly SessionUse[]): Promise<void>;
  /**
   * Deletes some of those that have been over for a while.
   *
   * @param idleSeconds every time that sessions may lie unused
   * @returns less than the limit: there are no more
   */
  deleteEnded(db: Executor, idleSeconds: readonly number[], graceMs: number, limit: number): Promise<number>;
  deleteEndedRefreshTokens(db: Executor, limit: number): Promise<number>;

  /**
   * A session that is open, and stays so until the transaction ends. Whoever locks a refresh token locks its session first, as those
   * do who end it; undefined: it is over.
   */
  lockOpen(db: Executor, id: bigint): Promise<SessionRecord | undefined>;
  /**
   * Inserts a refresh token, and ends the session's oldest that were not used, so that with it there are no more than so many. The session
   * was inserted or locked in this transaction.
   */
  insertRefreshToken(db: Executor, token: NewRefreshToken, most: number): Promise<void>;
  /** The id of the session of each; undefined: there is no such token, or it has ended. */
  sessionsOfRefreshTokens(db: Executor, digests: readonly Buffer[]): Promise<readonly (bigint | undefined)[]>;
  lockRefreshToken(db: Executor, digest: Buffer): Promise<{ readonly isUsed: boolean } | undefined>;
  countUsedRefreshTokens(db: Executor, sessionId: bigint): Promise<number>;
  markRefreshTokenUsed(db: Executor, digest: Buffer): Promise<void>;

  /** The newest first. */
  tokenKeys(db: Executor): Promise<readonly StoredTokenKey[]>;
  /** Unless there is one that is younger. Those who do it at once wait for each other until their transactions end. */
  insertTokenKeyIfDue(tx: Executor, key: NewTokenKey, dueMs: number): Promise<void>;
  deleteTokenKeys(db: Executor, olderThanMs: number): Promise<void>;
}
