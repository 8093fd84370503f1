import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { Database, Executor, Statement } from "../../platform/postgres/database.js";
import { pipelinedTransaction } from "../../platform/postgres/pipelined.js";
import { within } from "../../platform/timeout.js";
import { Acknowledgements } from "./acknowledgements.js";
import type { PropagationStore } from "./interface.js";
import { encodeNotice, noticeChannel } from "./messages.js";
import type { LiveInstance, Propagation, Subject } from "./model.js";

/** How long a change waits for instances that do not acknowledge, in milliseconds. */
const acknowledgementTimeoutMs = 2_000;
/** How long it waits before it looks whether those have left the registry. */
const lookAgainMs = 250;

/** How long reading the registry may take, in milliseconds. */
const registryTimeoutMs = 5_000;

/** When not even the registry can be read: longer than any lease that is allowed. */
const unknownLeaseMs = 11 * 60_000;

export interface PropagationServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: PropagationStore;
  /** Empty: a process that does not listen, such as a command; nobody acknowledges to it. */
  readonly instanceId: string;
  /** Whether acknowledgements can be heard now. */
  readonly isListening: () => boolean;
  /** Forgets what a change touches here. */
  readonly forget: (subject: Subject) => void;
}

/** What a transaction did. */
export interface Change<Result> {
  readonly result: Result;
  /**
   * Also when all was as wanted before: whoever made it so may still be waiting, or have died before it was in force
   * everywhere. Undefined: nothing that verification remembers was to be changed.
   */
  readonly touched: Subject | undefined;
  /** What the transaction is left to do: it goes with the announcement and the commit. */
  readonly last?: Statement | undefined;
}

/**
 * Takes changes of what verification remembers to every instance.
 *
 * A change is announced in its transaction, so that it is heard if and only if it is committed. Then the changer reads
 * the registry, after its commit, and waits until every live instance has acknowledged: the change is in force then. One
 * that stays silent is counted as pending, and the change is in force when its lease must have run out.
 */
export class PropagationService {
  readonly #dependencies: PropagationServiceDependencies;
  readonly #acknowledgements = new Acknowledgements();
  /** Instances that missed an acknowledgement, with the renewal that they had then: not waited for until the next. */
  readonly #silent = new Map<string, number>();

  constructor(dependencies: PropagationServiceDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Runs a change in a transaction of its own and takes it to every instance. Once the transaction is committed this does
   * not fail: the propagation says from when the change is in force.
   */
  async run<Result>(
    change: (tx: Executor) => Promise<Change<Result>>,
  ): Promise<{ readonly result: Result; readonly propagation: Propagation }> {
    const id = randomUUID();
    this.#acknowledgements.open(id);
    try {
      const { result, touched } = await pipelinedTransaction(this.#dependencies.db, {}, async (tx, begun) => {
        await begun;
        const changed = await change(tx);
        const announcement = changed.touched && this.#announcing(id, changed.touched);
        return { result: changed, last: [changed.last, announcement].filter((statement) => statement !== undefined) };
      });
      const propagation =
        touched === undefined ? { effectiveAt: new Date(), pendingInstances: 0 } : await this.#settle(id, touched);
      return { result, propagation };
    } finally {
      this.#acknowledgements.close(id);
    }
  }

  /** An instance has acknowledged changes of this one. */
  acknowledged(instanceId: string, changes: readonly string[]): void {
    this.#silent.delete(instanceId);
    this.#acknowledgements.add(instanceId, changes);
  }

  /** Forgets instances that ended without saying so, long after their leases. */
  async forgetEndedInstances(): Promise<void> {
    await this.#dependencies.store.forgetEndedInstances(this.#dependencies.db);
  }

  #announcing(change: string, subject: Subject): Statement {
    const { store, instanceId } = this.#dependencies;
    const notice = encodeNotice({ changer: instanceId, change, subject, announcedAt: Date.now() });
    return store.notifying(noticeChannel, notice);
  }

  /** Sends a notification the way that changes go. */
  async notify(channel: string, payload: string): Promise<void> {
    await this.#dependencies.store.notifying(channel, payload).execute(this.#dependencies.db);
  }

  async #settle(change: string, touched: Subject): Promise<Propagation> {
    this.#dependencies.forget(touched);
    try {
      const pending = await this.#unconfirmed(change);
      const ends = pending.map(({ leaseEnd }) => leaseEnd.getTime());
      return { effectiveAt: new Date(Math.max(Date.now(), ...ends)), pendingInstances: pending.length };
    } catch {
      return { effectiveAt: new Date(Date.now() + unknownLeaseMs), pendingInstances: 1 };
    }
  }

  /** Waits for the other instances. @returns those that have not confirmed the change and may not know of it */
  async #unconfirmed(change: string): Promise<readonly LiveInstance[]> {
    const others = await this.#others();
    if (!this.#dependencies.isListening()) {
      return others;
    }
    const silent = others.filter((instance) => this.#isSilent(instance));
    let missed = await this.#missed(
      change,
      others.filter((instance) => !silent.includes(instance)),
    );
    for (let waited = lookAgainMs; missed.length > 0 && waited < acknowledgementTimeoutMs; waited += lookAgainMs) {
      // One that has left the registry ended its lease before.
      const registered = new Set((await this.#others().catch(() => missed)).map(({ id }) => id));
      missed = await this.#missed(
        change,
        missed.filter(({ id }) => registered.has(id)),
      );
    }
    for (const { id, renewedAt } of missed) {
      this.#silent.set(id, renewedAt.getTime());
    }
    return [...silent, ...missed];
  }

  async #missed(change: string, awaited: readonly LiveInstance[]): Promise<readonly LiveInstance[]> {
    const ids = awaited.map(({ id }) => id);
    const missed = await this.#acknowledgements.waitFor(change, ids, lookAgainMs);
    return awaited.filter(({ id }) => missed.includes(id));
  }

  async #others(): Promise<readonly LiveInstance[]> {
    const { db, store, instanceId } = this.#dependencies;
    // A change that is committed is not to fail because its call took too long.
    const live = await within(
      store.liveInstances(db),
      registryTimeoutMs,
      () => new Error("the registry could not be read in time"),
    );
    for (const id of this.#silent.keys()) {
      if (!live.some((instance) => instance.id === id)) {
        this.#silent.delete(id);
      }
    }
    return live.filter(({ id }) => id !== instanceId);
  }

  #isSilent({ id, renewedAt }: LiveInstance): boolean {
    const then = this.#silent.get(id);
    if (then !== undefined && then !== renewedAt.getTime()) {
      this.#silent.delete(id);
      return false;
    }
    return then !== undefined;
  }
}
