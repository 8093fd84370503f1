import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { UsedKey } from "./hour-batch.js";
import type { UsageStore } from "./interface.js";
import type { KeyUsage, UsageBucket, UsageCode, UsagePeriod } from "./model.js";
import { UsageRecorder } from "./recorder.js";

/**
 * The most rows that are added up as they are written. A row costs the database some 30 microseconds then, and less than
 * one if it only goes to the journal.
 */
const maxAddedAtOnce = 2_000;

/** How long usage lies in the journal at least: most keys that are used in it are used several times. */
const journalMs = 30_000;

/** How soon it is looked again whether another still adds up the journal, in milliseconds. */
const heldMs = 50;

interface JournalTurn {
  readonly olderThanMs: number;
  /** Whether to wait for another instance that is at it. */
  readonly wait: boolean;
  /** Ends it after the step that is under way. */
  readonly signal: AbortSignal;
  readonly run: StepRunner;
}

export interface UsageServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: UsageStore;
  /** Unique to this run of the process. */
  readonly instanceId: string;
}

/** How many verifications there were, by outcome: added up in memory, written in batches, read from the database. */
export class UsageService {
  readonly #db: Kysely<Database>;
  readonly #store: UsageStore;
  readonly #instanceId: string;
  readonly #recorder = new UsageRecorder();
  #flushing: Promise<void> = Promise.resolve();

  constructor({ db, store, instanceId }: UsageServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#instanceId = instanceId;
  }

  /** For how long the oldest verification that is not in the database has waited, in milliseconds. */
  get unwrittenMs(): number {
    return this.#recorder.unwrittenMs(Date.now());
  }

  /** Verifications that were not kept. */
  get dropped(): number {
    return this.#recorder.dropped;
  }

  /** Counts a verification; cheap, and never fails. */
  record(key: UsedKey, code: UsageCode): void {
    this.#recorder.record(key, code, Date.now());
  }

  /** Writes what was counted. One at a time; a batch whose fate is unknown is sent again and counts once. */
  flush(run: StepRunner = atOnce): Promise<void> {
    return this.#flush(maxAddedAtOnce, run);
  }

  /** The same when there is no other time: to the journal, which waits for no row that another instance holds. */
  flushToJournal(): Promise<void> {
    return this.#flush(0, atOnce);
  }

  /** Adds up the journal once some of it has lain there for long enough, unless another instance is at it. */
  async addUpDueJournal(signal: AbortSignal, run: StepRunner = atOnce): Promise<void> {
    await this.#addUpJournal({ olderThanMs: journalMs, wait: false, signal, run });
  }

  /** Adds up what is in the journal now, beside others that do the same. */
  async addUpWholeJournal(signal: AbortSignal): Promise<void> {
    await this.#addUpJournal({ olderThanMs: 0, wait: true, signal, run: atOnce });
  }

  async makePartitions(): Promise<void> {
    await this.#store.makePartitions(this.#db);
  }

  async forgetEndedInstances(): Promise<void> {
    await this.#store.forgetEndedInstances(this.#db);
  }

  /** @param apiKeyIds one or several; undefined: all keys of the project */
  async query(
    projectId: bigint,
    apiKeyIds: bigint | readonly bigint[] | undefined,
    { start, end, granularity }: UsagePeriod,
  ): Promise<readonly UsageBucket[]> {
    return this.#store.buckets(this.#db, projectId, apiKeyIds, start, end, granularity);
  }

  /**
   * The same, and which keys were verified most often, both of one moment.
   *
   * @param apiKeyId undefined: all keys of the project
   */
  async queryWithTopKeys(
    projectId: bigint,
    apiKeyId: bigint | undefined,
    { start, end, granularity }: UsagePeriod,
    limit: number,
  ): Promise<{ readonly buckets: readonly UsageBucket[]; readonly topKeys: readonly KeyUsage[] }> {
    return this.#db
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (tx) => ({
        buckets: await this.#store.buckets(tx, projectId, apiKeyId, start, end, granularity),
        topKeys: await this.#store.topKeys(tx, projectId, apiKeyId, start, end, limit),
      }));
  }

  #flush(maxAdded: number, run: StepRunner): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write(maxAdded, run));
    return this.#flushing;
  }

  /** @param maxAdded the rows of a batch up to which it is added up at once */
  async #write(maxAdded: number, run: StepRunner): Promise<void> {
    // What is recorded meanwhile is for the next time: under load there is always more.
    for (let { batches } = this.#recorder; batches > 0; batches--) {
      const batch = this.#recorder.next();
      if (batch !== undefined) {
        if (batch.codes.length > maxAdded) {
          await run(() => this.#store.appendToJournal(this.#db, this.#instanceId, batch));
        } else {
          await run(() => this.#store.add(this.#db, this.#instanceId, batch));
        }
        this.#recorder.written();
      }
    }
  }

  /**
   * In steps, so that no row of usage is locked for long: batches become sums, which hold a key once, and each sum is added in a
   * transaction of its own.
   */
  async #addUpJournal({ olderThanMs, wait, signal, run }: JournalTurn): Promise<void> {
    const newest = await run(() => this.#store.newestInJournal(this.#db, olderThanMs));
    if (newest === undefined) {
      return;
    }
    for (const step of [
      (tx: Executor) => this.#store.condenseJournal(tx, newest),
      (tx: Executor) => this.#store.addSum(tx),
    ]) {
      for (let more = true; more && !signal.aborted; ) {
        const outcome = await run(() =>
          this.#db.transaction().execute(async (tx) => ((await this.#store.lockJournal(tx)) ? step(tx) : "held")),
        );
        if (outcome === "held") {
          if (!wait) {
            return;
          }
          // Not by a statement that waits: it could not be called off.
          await sleep(heldMs, undefined, { signal }).catch(() => {
            throw new Error("another session holds the lock of the journal");
          });
        }
        more = outcome !== false;
      }
    }
  }
}
