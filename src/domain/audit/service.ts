import { createSecretKey, type KeyObject } from "node:crypto";
import type { Kysely } from "kysely";
import { loopTurn } from "../../platform/event-loop.js";
import type { Database, Executor, Statement } from "../../platform/postgres/database.js";
import type { Author } from "../caller.js";
import { type ListedPage, type Listing, type ListingQuery, listedPage, resolveListing } from "../listing/listing.js";
import type { PageTokens } from "../listing/page-token.js";
import type { AuditStore, EventsWith, LockedHead } from "./interface.js";
import {
  type AuditAction,
  type AuditEvent,
  type AuditFilter,
  type AuditSort,
  auditFilters,
  auditSorts,
  chainHash,
  type Detail,
  type TrailHead,
  type TrailPart,
  type TrailReport,
} from "./model.js";
import { ChainWalk } from "./walk.js";

const listingSpec = {
  name: "audit_events",
  filters: auditFilters,
  sorts: auditSorts,
  defaultSort: "sequence",
} as const;

/** Events that are read in one go, less than a millisecond's work for the driver. */
const walkBatch = 100;
/** How long events are checked in one go, in milliseconds: other calls have their turn in between. */
const sliceMs = 1;
/** Somebody at the database may have put an event below the first place, which is 1. */
const lowestSequence = -(2n ** 63n);
const emptyHead: TrailHead = { sequence: 0n, hash: Buffer.alloc(0) };

/** What the trail needs to know of a project. */
export interface TrailOwner {
  readonly id: bigint;
}

/** A change as a use case tells it to the trail. */
export interface RecordedChange {
  readonly caller: Author;
  readonly project: TrailOwner;
  readonly action: AuditAction;
  /** The public id of a project or key, the name of a tier. */
  readonly resourceId: string;
  readonly detail: Detail;
}

/** The trails of projects that a transaction has locked, by the projects' ids. */
export type LockedTrails = ReadonlyMap<bigint, LockedHead>;

/** Tells those who want to know what was recorded, in the transaction that did. */
export type TellRecorded = (tx: Executor, recorded: readonly Omit<AuditEvent, "hash">[]) => Promise<void>;

export interface AuditServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: AuditStore;
  /** 32 bytes; whoever has it can write a chain that holds. */
  readonly trailKey: Buffer;
  readonly pageTokens: PageTokens;
  /** Asked only for projects of which somebody wants to know. */
  readonly tell: TellRecorded;
  /** Told of every change, of whichever project. */
  readonly notice: TellRecorded;
}

/** The trail: an event for every change, chained a project. */
export class AuditService {
  readonly #db: Kysely<Database>;
  readonly #store: AuditStore;
  readonly #trailKey: KeyObject;
  readonly #pageTokens: PageTokens;
  readonly #tell: TellRecorded;
  readonly #notice: TellRecorded;

  constructor({ db, store, trailKey, pageTokens, tell, notice }: AuditServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#trailKey = createSecretKey(trailKey);
    this.#pageTokens = pageTokens;
    this.#tell = tell;
    this.#notice = notice;
  }

  /** Begins the trail of a new project, in the transaction that makes it. */
  async openTrail(tx: Executor, projectId: bigint): Promise<void> {
    await this.#store.insertHead(tx, projectId);
  }

  /**
   * Locks trails ahead of one `recordAllButLast`, with the last statement before it where they are pipelined: what is locked after is the
   * transaction's own.
   */
  async lockTrails(tx: Executor, projects: readonly TrailOwner[]): Promise<LockedTrails> {
    const heads = await this.#store.lockHeads(tx, [...new Set(projects.map(({ id }) => id))]);
    return new Map(heads.map((head) => [head.projectId, head]));
  }

  /**
   * Writes the event of a change, in the change's own transaction. The trail's head stays locked until that ends, so this
   * goes with the transaction's last statements.
   */
  async record(
    tx: Executor,
    caller: Author,
    project: TrailOwner,
    action: AuditAction,
    resourceId: string,
    detail: Detail,
  ): Promise<void> {
    await this.recordAll(tx, [{ caller, project, action, resourceId, detail }]);
  }

  /** The same for several changes that one transaction makes, in the order in which their events are chained. */
  async recordAll(tx: Executor, changes: readonly RecordedChange[]): Promise<void> {
    await (await this.recordAllButLast(tx, changes))?.execute(tx);
  }

  /**
   * The same but for its last statement, which is to be the transaction's.
   *
   * @param trails those of the changes' projects, as `lockTrails` gave them; it locks them itself unless given
   * @returns undefined: there is nothing to record
   */
  async recordAllButLast(
    tx: Executor,
    changes: readonly RecordedChange[],
    trails?: LockedTrails,
  ): Promise<Statement | undefined> {
    if (changes.length === 0) {
      return undefined;
    }
    const locked =
      trails ??
      (await this.lockTrails(
        tx,
        changes.map(({ project }) => project),
      ));
    const heads = new Map(locked);
    const events = changes.map(({ caller, project, action, resourceId, detail }) => {
      const head = heads.get(project.id);
      if (head === undefined) {
        throw new Error(`the trail of project ${project.id} has no head`);
      }
      const event = {
        projectId: project.id,
        sequence: head.sequence + 1n,
        actor: caller.actor,
        action,
        resourceId,
        occurredAt: head.now,
        requestId: caller.requestId,
        sourceIp: caller.clientAddress,
        // As it will be read back, so that what is hashed now is what is checked later.
        detail: JSON.parse(JSON.stringify(detail)) as Detail,
      };
      const chained = { ...event, hash: chainHash(this.#trailKey, head.hash, event) };
      heads.set(project.id, { ...head, sequence: chained.sequence, hash: chained.hash });
      return chained;
    });
    const heard = events.filter(({ projectId }) => heads.get(projectId)?.isHeard);
    if (heard.length > 0) {
      await this.#tell(tx, heard);
    }
    await this.#notice(tx, events);
    return this.#store.appending(events);
  }

  /**
   * Which of some values the details of such events have. Where the resources are locked, it is as it stays until the transaction ends.
   */
  async valuesIn(tx: Executor, project: TrailOwner, events: EventsWith): Promise<ReadonlySet<string>> {
    return new Set(await this.#store.valuesIn(tx, project.id, events));
  }

  /**
   * Checks what a client wants listed of a trail.
   *
   * @param projectPublicId empty: the instance's own
   * @throws InvalidFieldError
   */
  listing(projectPublicId: string, query: ListingQuery): Listing<AuditFilter, AuditSort> {
    return resolveListing(listingSpec, projectPublicId, query, this.#pageTokens);
  }

  /** @param listing as `listing` gave it for this project */
  async query(project: TrailOwner, listing: Listing<AuditFilter, AuditSort>): Promise<ListedPage<AuditEvent>> {
    return listedPage(listing, await this.#store.query(this.#db, project.id, listing), this.#pageTokens);
  }

  /**
   * Walks the chain in batches, on one snapshot of the database, so that events written meanwhile are neither here nor
   * missing.
   *
   * @param project with its public id, which the first event names; without, as the instance's own, what it begins with is free
   * @param part what to check
   * @param expectedHead a hash that was exported before
   * @param signal ends the walk within some milliseconds
   */
  async verify(
    project: TrailOwner & { readonly publicId?: string },
    part: TrailPart,
    expectedHead: Buffer | undefined,
    signal?: AbortSignal,
  ): Promise<TrailReport> {
    return this.#db
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (tx) => {
        const head = await this.#store.head(tx, project.id);
        const start = await this.#startOf(tx, project.id, part.fromSequence);
        signal?.throwIfAborted();
        const before =
          expectedHead !== undefined && (await this.#store.hasHashBefore(tx, project.id, start.sequence, expectedHead));
        const walk = new ChainWalk(
          this.#trailKey,
          start,
          before ? undefined : expectedHead,
          project.publicId || undefined,
        );
        const whole = await this.#walk(tx, project.id, start, part, walk, signal);
        // A head that lies before what holds was moved back; the end of the part would not show it.
        if (whole || head === undefined || walk.last >= head.sequence) {
          walk.end(head);
        }
        return {
          intact: walk.broken === 0n,
          eventsChecked: walk.checked,
          firstBrokenSequence: walk.broken,
          lastSequence: walk.last,
          head: head ?? emptyHead,
        };
      });
  }

  /** @returns whether it came to the end of the trail, or to where it breaks */
  async #walk(
    tx: Executor,
    projectId: bigint,
    start: TrailHead,
    { toSequence, maxEvents = Number.POSITIVE_INFINITY }: TrailPart,
    walk: ChainWalk,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    let next = start.sequence === 0n ? lowestSequence : start.sequence + 1n;
    for (let left = maxEvents; left > 0; left -= walkBatch) {
      signal?.throwIfAborted();
      const events = await this.#store.eventsFrom(tx, projectId, next, Math.min(walkBatch, left));
      // To have read them was the work of a slice, too.
      let sliceEnd = 0;
      for (const event of events) {
        if (performance.now() > sliceEnd) {
          await loopTurn("walks along trails");
          signal?.throwIfAborted();
          sliceEnd = performance.now() + sliceMs;
        }
        // Only once the last place was reached: one that is missing shows by the event after it.
        if (toSequence !== 0n && walk.last >= toSequence) {
          return false;
        }
        if (!walk.step(event)) {
          return true;
        }
      }
      const last = events.at(-1);
      if (last === undefined || events.length < Math.min(walkBatch, left)) {
        return true;
      }
      next = last.sequence + 1n;
    }
    return false;
  }

  /** The event before the first one to check. Where it is missing, the walk finds that the next one does not fit. */
  async #startOf(tx: Executor, projectId: bigint, fromSequence: bigint): Promise<TrailHead> {
    if (fromSequence <= 1n) {
      return emptyHead;
    }
    const [event] = await this.#store.eventsFrom(tx, projectId, fromSequence - 1n, 1);
    return event?.sequence === fromSequence - 1n ? event : { ...emptyHead, sequence: fromSequence - 1n };
  }
}
