import type { Executor } from "../../platform/postgres/database.js";
import type { Credential, Passkey } from "./model.js";

export type StoredPasskey = Passkey & Credential;

/** A passkey that is to be stored. */
export interface NewPasskey extends Credential {
  readonly publicId: string;
  readonly name: string;
  readonly signCount: number;
}

/** A challenge that was answered. */
export interface SpentChallenge {
  readonly digest: Buffer;
  readonly endsAt: Date;
}

/** What became of a use: noted; with a counter that is no further than it was; or the passkey is there no more. */
export type NotedUse = "noted" | "behind" | "gone";

/** What the passkey service needs of storage. */
export interface PasskeyStore {
  /** In the order in which they were added. */
  list(db: Executor, userId: bigint): Promise<readonly StoredPasskey[]>;
  count(db: Executor, userId: bigint): Promise<number>;
  /** By the id of its credential, of this user alone. */
  find(db: Executor, userId: bigint, credentialId: Buffer): Promise<StoredPasskey | undefined>;
  /** @returns undefined: somebody has a passkey of that credential */
  insert(db: Executor, userId: bigint, passkey: NewPasskey): Promise<Passkey | undefined>;
  /** Notes that it was used. @param signCount as it says itself: more than ever before, or 0 always */
  noteUse(db: Executor, publicId: string, signCount: number): Promise<NotedUse>;
  /** @returns what it was; undefined: the user has none such */
  delete(db: Executor, userId: bigint, publicId: string): Promise<Pick<Passkey, "publicId" | "name"> | undefined>;

  /** When a challenge ends that is made now. By the clock of the database, which all instances share. */
  challengeEnd(db: Executor, lastsMs: number): Promise<Date>;
  /** Uses a challenge up. @returns false: it was used before, or has ended */
  spendChallenge(db: Executor, challenge: SpentChallenge): Promise<boolean>;
  /** Deletes some that have ended. @returns less than the limit: there are no more */
  deleteEndedChallenges(db: Executor, limit: number): Promise<number>;
}
