import type { Executor } from "../../platform/postgres/database.js";
import type { Listing, Page } from "../listing/listing.js";
import type { User, UserFilter, UserSettings, UserSort } from "./model.js";

/** A user, with the password as argon2id has it; undefined: none yet. */
export interface UserWithPassword {
  readonly user: User;
  readonly passwordHash: string | undefined;
}

/** A user as a login finds one. */
export interface FoundUser extends UserWithPassword {
  /** Whether more than the password is asked for. */
  readonly hasSecondFactor: boolean;
}

/** What is known of a name before a password is looked at. */
export interface KnownUser {
  /** Undefined: there is no such user. */
  readonly found: FoundUser | undefined;
  readonly isKnownAddress: boolean;
}

/** An invitation that is good. */
export interface Invitation {
  /** Undefined: for whoever sets the instance up. */
  readonly user: User | undefined;
}

/** What the user services need of storage. */
export interface UserStore {
  query(db: Executor, listing: Listing<UserFilter, UserSort>): Promise<Page<User>>;
  find(db: Executor, publicId: string): Promise<User | undefined>;
  findWithPassword(db: Executor, id: bigint): Promise<UserWithPassword | undefined>;
  /** Locks the user until the transaction ends. */
  lock(db: Executor, publicId: string): Promise<User | undefined>;
  /** Locks an invited user's row by address. */
  lockByEmail(db: Executor, email: string): Promise<UserWithPassword | undefined>;
  /** Locks all owners who can sign in, in the order of their ids: of two who are removed at once, one stays. */
  lockActiveOwners(db: Executor): Promise<readonly bigint[]>;
  /**
   * @param isStranger whether nobody else says that the address is the user's
   * @throws UsernameTakenError, UserEmailTakenError
   */
  insert(
    db: Executor,
    publicId: string,
    settings: UserSettings,
    passwordHash: string | undefined,
    isStranger?: boolean,
  ): Promise<User>;
  /** @throws UsernameTakenError, UserEmailTakenError */
  update(db: Executor, id: bigint, settings: UserSettings): Promise<User>;
  /** What an invited person chooses; nothing else is written. @throws UsernameTakenError */
  complete(db: Executor, id: bigint, username: string, passwordHash: string): Promise<User>;
  /** @returns false: the password is another than the one that was checked by now, or the user is shut out */
  replacePassword(db: Executor, id: bigint, checkedHash: string, passwordHash: string): Promise<boolean>;
  /**
   * Notes that the user signs in by a password, and from where. The user is locked until the transaction ends.
   *
   * @returns false, and then the transaction must not commit: the password or the need of a second factor has changed since the user was
   * found, or the user is shut out
   */
  noteLogin(db: Executor, found: FoundUser, address: string): Promise<boolean>;
  /** Notes that the user signs in at a provider. @returns false: the user is shut out */
  noteProvenLogin(db: Executor, id: bigint): Promise<boolean>;
  /** No claim of a provider decides the user's role any more. */
  releaseFromClaim(db: Executor, id: bigint): Promise<void>;
  noteAddress(db: Executor, id: bigint, address: string): Promise<void>;
  /** Knows the user at no address any more. */
  forgetAddresses(db: Executor, id: bigint): Promise<void>;
  /**
   * Who signs in by this username or address, which is in lower case, and whether from there lately; in one statement, whether or not
   * there is such a user.
   */
  knownAt(db: Executor, login: string, address: string): Promise<KnownUser>;
  delete(db: Executor, id: bigint): Promise<void>;

  /** Claims the making of the first set-up link. @returns whether nobody had claimed it before */
  claimFirstSetup(db: Executor): Promise<boolean>;
  /** Puts an invitation in the place of the one that the user had. @param userId undefined: to set the instance up */
  invite(db: Executor, digest: Buffer, userId: bigint | undefined, lifetimeMs: number): Promise<Date>;
  /** Takes an invitation that is good, and with it its use. Whoever locks its user as well does that first. */
  takeInvitation(db: Executor, digest: Buffer): Promise<Invitation | undefined>;
  /** Whether there is such an invitation, which stays. */
  findInvitation(db: Executor, digest: Buffer): Promise<Invitation | undefined>;
  /** Deletes some that have ended. @returns less than the limit: there are no more */
  deleteEndedInvitations(db: Executor, limit: number): Promise<number>;
  /** The same of addresses that nobody signed in from for long. */
  deleteOldAddresses(db: Executor, limit: number): Promise<number>;
}
