import type { Executor, Statement } from "../../platform/postgres/database.js";
import type { Listing, Page } from "../listing/listing.js";
import type { AuditAction, AuditEvent, AuditFilter, AuditSort, TrailHead } from "./model.js";

/** The end of a project's trail, and the database's time. */
export interface LockedHead extends TrailHead {
  readonly projectId: bigint;
  readonly now: Date;
  /** Whether anybody is told of the project's events. */
  readonly isHeard: boolean;
}

/** Events of an action, of some resources, whose details have some values under a name. */
export interface EventsWith {
  readonly action: AuditAction;
  readonly resourceIds: readonly string[];
  readonly name: string;
  readonly values: readonly string[];
}

/** What the audit service needs of storage. */
export interface AuditStore {
  insertHead(db: Executor, projectId: bigint): Promise<void>;
  /** Locks the heads of projects, in the order of their ids, until the transaction ends: the last lock that one takes. */
  lockHeads(db: Executor, projectIds: readonly bigint[]): Promise<readonly LockedHead[]>;
  /** Writes events, each project's in the order of its chain, and makes the last of each the head. */
  appending(events: readonly AuditEvent[]): Statement;
  /** @returns undefined when the head's row is gone, which only somebody at the database can have done */
  head(db: Executor, projectId: bigint): Promise<TrailHead | undefined>;
  query(db: Executor, projectId: bigint, listing: Listing<AuditFilter, AuditSort>): Promise<Page<AuditEvent>>;
  /** Events from a sequence on, in their order. */
  eventsFrom(db: Executor, projectId: bigint, sequence: bigint, limit: number): Promise<readonly AuditEvent[]>;
  /** Which of some values the details of such events of some resources have under a name. Their events are found by an index. */
  valuesIn(db: Executor, projectId: bigint, events: EventsWith): Promise<readonly string[]>;
  /** Whether an event before the sequence has this hash; by an index, however many there are. */
  hasHashBefore(db: Executor, projectId: bigint, sequence: bigint, hash: Buffer): Promise<boolean>;
}
