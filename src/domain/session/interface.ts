import type { JWK } from "jose";
import type { Executor } from "../../platform/postgres/database.js";
import type { ListedSession, SessionKind, SessionOrigin, SessionRecord } from "./model.js";

export interface NewSession extends SessionOrigin {
  readonly publicId: string;
  readonly userId: bigint;
  readonly digest: Buffer;
  readonly kind: SessionKind;
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

/** A refresh token, whose row is locked until the transaction ends. */
export interface LockedRefreshToken {
  readonly session: SessionRecord;
  readonly isUsed: boolean;
  readonly hasEnded: boolean;
}

/** What the session service needs of storage. */
export interface SessionStore {
  insert(db: Executor, session: NewSession): Promise<{ readonly id: bigint; readonly expiresAt: Date }>;
  findByDigest(db: Executor, digest: Buffer): Promise<SessionRecord | undefined>;
  findByPublicId(db: Executor, publicId: string): Promise<SessionRecord | undefined>;
  /** Those of a user that are not over, the one that was used last first. */
  list(db: Executor, userId: bigint): Promise<readonly ListedSession[]>;
  /** Whether the user has it and it is open, which stays so until the transaction ends. */
  hold(db: Executor, userId: bigint, publicId: string): Promise<boolean>;
  /** @returns whether the user had it */
  delete(db: Executor, userId: bigint, publicId: string): Promise<boolean>;
  /** @param except the public id of one that stays */
  deleteAll(db: Executor, userId: bigint, except: string | undefined): Promise<void>;
  /** Notes that sessions were used now. */
  touch(db: Executor, ids: readonly bigint[]): Promise<void>;
  forgetEnded(db: Executor): Promise<void>;

  insertRefreshToken(db: Executor, sessionId: bigint, digest: Buffer, lifetimeMs: number): Promise<void>;
  lockRefreshToken(db: Executor, digest: Buffer): Promise<LockedRefreshToken | undefined>;
  markRefreshTokenUsed(db: Executor, digest: Buffer): Promise<void>;

  /** The newest first. */
  tokenKeys(db: Executor): Promise<readonly StoredTokenKey[]>;
  insertTokenKey(db: Executor, key: Pick<StoredTokenKey, "id" | "publicKey" | "privateKey">): Promise<void>;
  deleteTokenKeys(db: Executor, olderThanMs: number): Promise<void>;
}
