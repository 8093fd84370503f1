import type { Executor } from "../../platform/postgres/database.js";
import type { Listing, Page } from "../listing/listing.js";
import type { Project } from "../project/model.js";
import type { LimitedKey } from "../rate_limit/model.js";
import type { FirstUse } from "./first-uses.js";
import type {
  ApiKey,
  ApiKeyChanges,
  ApiKeyFilter,
  ApiKeySort,
  FoundApiKey,
  KeyHolder,
  KeyLookup,
  NamedKey,
  NewApiKey,
  RevocationReason,
} from "./model.js";

/** A rotation, as it is written. */
export interface Rotation {
  readonly digest: Buffer;
  readonly displayPrefix: string;
  /** When the value before ends. */
  readonly previousExpiresAt: Date;
  /** Undefined: it stays. */
  readonly expiresAt: Date | undefined;
  /** Null: none from now on. Undefined: it stays. */
  readonly rotationPolicy?: ApiKeyChanges["rotationPolicy"];
  /** Whether the new value waits, or waited, to be claimed. If not, one that waits goes. */
  readonly waits: boolean;
}

/** A value that the service has made for a key, until it was claimed and used. */
export interface WaitingValue {
  /** SHA-256 of the value; the key's own, unless the switch was put off. */
  readonly digest: Buffer;
  readonly displayPrefix: string;
  /** Ciphertext; see rotated-value.ts. */
  readonly sealed: Buffer;
}

/** A value that nobody has claimed for so long that people are reminded of it. */
export interface ValueToRemindOf {
  /** The key's internal id: with `dueAt`, its place among those that are due. */
  readonly id: bigint;
  readonly dueAt: Date;
  readonly publicId: string;
  readonly project: Pick<Project, "id">;
  readonly displayPrefix: string;
  /** When the value before ends; undefined: not before somebody claims this one. */
  readonly previousExpiresAt: Date | undefined;
}

/** A key that is to be rotated by the service itself, and what is needed of its project. */
export interface DueKey {
  /** Internal: with `dueAt`, its place among those that are due. */
  readonly id: bigint;
  readonly dueAt: Date;
  readonly publicId: string;
  readonly project: Pick<Project, "id" | "publicId" | "keyPrefix">;
}

/** Whoever holds keys in a project. */
export interface Owner {
  readonly projectId: bigint;
  readonly ownerId: string;
}

/**
 * What came of keys that were to be written, in no order. Of several, one may be neither: something else than a name was in its way, or
 * its name has been freed meanwhile. Where one is written alone, its name alone can be in the way; anything else is an error.
 */
export interface Inserted {
  readonly written: readonly ApiKey[];
  /** Those whose names other keys have. */
  readonly taken: readonly NewApiKey[];
}

/** What the api key service needs of storage. Each change of a key returns it as it is afterwards. */
export interface ApiKeyStore {
  /** Whether the database answered a statement with this error: the connection and its other work are sound. */
  isStatementError(error: unknown): boolean;
  /**
   * Locks owners until the transaction ends, in an order of their own: the first locks of keys that it takes.
   *
   * @returns how many of their keys are neither revoked nor expired; an owner without any may be left out
   */
  lockOwners(db: Executor, owners: readonly Owner[]): Promise<readonly (Owner & { readonly live: number })[]>;
  /** Writes keys and their secrets, in their order. */
  insert(db: Executor, apiKeys: readonly NewApiKey[]): Promise<Inserted>;
  find(db: Executor, projectId: bigint, publicId: string): Promise<ApiKey | undefined>;
  /** What limits a key: its own limits over its tier's, field by field. */
  findLimited(db: Executor, projectId: bigint, publicId: string): Promise<LimitedKey | undefined>;
  /** Finds a key and locks its row until the transaction ends. */
  lock(db: Executor, projectId: bigint, publicId: string): Promise<ApiKey | undefined>;
  /** The same for several keys of a project: those that are there. */
  lockAll(db: Executor, projectId: bigint, publicIds: readonly string[]): Promise<readonly ApiKey[]>;
  /** All keys of a project, the newest first. */
  list(db: Executor, projectId: bigint): Promise<readonly ApiKey[]>;
  /** The newest first. */
  idsOfOwner(db: Executor, owner: Owner, limit: number): Promise<readonly bigint[]>;
  /** Those that are there, in no order. */
  namesOf(db: Executor, projectId: bigint, ids: readonly bigint[]): Promise<readonly NamedKey[]>;
  /**
   * Finds keys in several projects, the newest first; root keys and those of deleted projects are not there.
   *
   * @param reach public ids of the projects to look in; undefined: all
   */
  findInProjects(
    db: Executor,
    reach: ReadonlySet<string> | undefined,
    lookup: KeyLookup,
    limit: number,
  ): Promise<readonly FoundApiKey[]>;
  /** Which keys values are of, or were before their last rotation; root keys are among them. A value of none is left out. */
  holdersOf(db: Executor, digests: readonly Buffer[]): Promise<readonly KeyHolder[]>;
  query(db: Executor, projectId: bigint, listing: Listing<ApiKeyFilter, ApiKeySort>): Promise<Page<ApiKey>>;
  /** @returns undefined when the new name is taken */
  update(db: Executor, apiKey: ApiKey, changes: ApiKeyChanges): Promise<ApiKey | undefined>;
  setActive(db: Executor, apiKey: ApiKey, active: boolean): Promise<ApiKey>;
  revoke(db: Executor, apiKey: ApiKey, reason: RevocationReason): Promise<ApiKey>;
  /** The same for several keys of a project, whose rows are locked. */
  revokeAll(
    db: Executor,
    projectId: bigint,
    ids: readonly bigint[],
    reason: RevocationReason,
  ): Promise<readonly ApiKey[]>;
  /** Switches off several keys of a project, whose rows are locked. */
  deactivateAll(db: Executor, projectId: bigint, ids: readonly bigint[]): Promise<readonly ApiKey[]>;
  rotate(db: Executor, apiKey: ApiKey, rotation: Rotation): Promise<ApiKey>;
  /** Writes anew when a key is rotated by the service itself. */
  reschedule(db: Executor, apiKey: ApiKey): Promise<ApiKey>;
  /** @param previousExpiresAt when the secret before, if there is one, ends */
  rotateSigningSecret(db: Executor, apiKey: ApiKey, ciphertext: Buffer, previousExpiresAt: Date): Promise<ApiKey>;
  delete(db: Executor, apiKey: ApiKey): Promise<void>;
  /** Deletes some keys of a project with all that belongs to them. @returns how many */
  deleteSome(db: Executor, projectId: bigint, limit: number): Promise<number>;
}

/** What rotation by the service itself needs of storage, beside that. */
export interface WaitingValueStore {
  /** Some keys that are due and work, longest due first, from behind one of them on. Crosses shards. */
  listDue(db: Executor, after: DueKey | undefined, limit: number): Promise<readonly DueKey[]>;
  /** Locks a key until the transaction ends. @returns undefined: it is not due any more, or another holds it */
  lockDue(db: Executor, due: DueKey): Promise<ApiKey | undefined>;
  find(db: Executor, apiKey: ApiKey): Promise<WaitingValue | undefined>;
  /** Takes the place of one that waits. @param remindAfterMs how long nobody must have claimed it for people to be reminded */
  put(db: Executor, apiKey: ApiKey, value: WaitingValue, remindAfterMs: number): Promise<void>;
  /** Notes that somebody has claimed it: nobody is to be reminded of it any more. */
  noteClaim(db: Executor, apiKey: ApiKey): Promise<void>;
  /** Some values of which people are to be reminded, longest due first, from behind one of them on. Crosses shards. */
  listToRemindOf(db: Executor, after: ValueToRemindOf | undefined, limit: number): Promise<readonly ValueToRemindOf[]>;
  /** Notes that people are reminded of a value. @returns false: that is not due any more, or another has it */
  takeToRemindOf(db: Executor, value: ValueToRemindOf): Promise<boolean>;
  drop(db: Executor, apiKey: ApiKey): Promise<void>;
  /** Deletes values that were used. Crosses shards. */
  dropUsed(db: Executor, uses: readonly FirstUse[]): Promise<void>;
  /** Deletes some values whose grace, or whose key, has ended; crosses shards. @returns how many */
  dropEnded(db: Executor, limit: number): Promise<number>;
}
