import type { Executor } from "../../platform/postgres/database.js";
import type { Listing, Page } from "../listing/listing.js";
import type { AuditEvent, AuditFilter, AuditSort, TrailHead } from "./model.js";

/** What the audit service needs of storage. */
export interface AuditStore {
  insertHead(db: Executor, projectId: bigint): Promise<void>;
  /** Locks the head until the transaction ends: the last lock that a transaction takes. */
  lockHead(db: Executor, projectId: bigint): Promise<TrailHead & { readonly now: Date }>;
  /** Writes the event and makes it the head, in one statement. */
  append(db: Executor, event: AuditEvent): Promise<void>;
  /** @returns undefined when the head's row is gone, which only somebody at the database can have done */
  head(db: Executor, projectId: bigint): Promise<TrailHead | undefined>;
  query(db: Executor, projectId: bigint, listing: Listing<AuditFilter, AuditSort>): Promise<Page<AuditEvent>>;
  /** Events from a sequence on, in their order. */
  eventsFrom(db: Executor, projectId: bigint, sequence: bigint, limit: number): Promise<readonly AuditEvent[]>;
  /** Whether an event before the sequence has this hash. */
  hasHashBefore(db: Executor, projectId: bigint, sequence: bigint, hash: Buffer): Promise<boolean>;
}
