import type { Kysely } from "kysely";
import type { Database } from "../../platform/postgres/database.js";
import type { UsageStore } from "./interface.js";
import type { JournalExtent, UsageBucket, UsageCode, UsagePeriod } from "./model.js";
import { UsageRecorder, type UsedKey } from "./recorder.js";

/**
 * The most rows that are added up as they are written. A row costs the database some 30 microseconds then, and less than
 * one if it only goes to the journal.
 */
const maxAddedAtOnce = 2_000;

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
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#write());
    return this.#flushing;
  }

  /** Adds up what is in the journal. */
  async addUpJournal(extent: JournalExtent): Promise<void> {
    while (await this.#store.addUpJournal(this.#db, extent)) {
      // There may be more.
    }
  }

  async makePartitions(): Promise<void> {
    await this.#store.makePartitions(this.#db);
  }

  async forgetEndedInstances(): Promise<void> {
    await this.#store.forgetEndedInstances(this.#db);
  }

  /** @param apiKeyId undefined: all keys of the project */
  async query(
    projectId: bigint,
    apiKeyId: bigint | undefined,
    { start, end, granularity }: UsagePeriod,
  ): Promise<readonly UsageBucket[]> {
    return this.#store.buckets(this.#db, projectId, apiKeyId, start, end, granularity);
  }

  async #write(): Promise<void> {
    // What is recorded meanwhile is for the next time: under load there is always more.
    for (let { batches } = this.#recorder; batches > 0; batches--) {
      const batch = this.#recorder.next();
      if (batch !== undefined) {
        const write = batch.codes.length > maxAddedAtOnce ? this.#store.keep : this.#store.add;
        await write(this.#db, this.#instanceId, batch);
        this.#recorder.written();
      }
    }
  }
}
