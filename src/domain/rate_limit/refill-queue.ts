import { type Clocks, type Instant, readClocks } from "../../platform/clock.js";
import { DatabaseClock } from "./database-clock.js";
import type { LocalQuota } from "./local-quota.js";
import { type LimitedKey, windowMs } from "./model.js";
import type { Refill, RefillAsk, Unspent } from "./refill.js";
import { RefillBacklog, type RefillBatch } from "./refill-backlog.js";

/** What nobody waits for is gathered for so long, in milliseconds. */
const gatheredMs = 10;

export interface RefillQueueOptions {
  /** Asks the database. @returns by the key's id */
  readonly refill: (asks: readonly RefillAsk[]) => Promise<ReadonlyMap<bigint, Refill>>;
  readonly clocks: Clocks;
  /** How many statements may be under way at once: a row that is locked for long keeps no more than its own waiting. */
  readonly maxStatements: number;
}

/**
 * Asks the database for what quotas want and hands it what they return: many keys in one statement, and each quota in one at
 * a time. What a statement returned that failed is lost: whether the database has it is not known.
 */
export class RefillQueue {
  readonly #options: RefillQueueOptions;
  readonly #backlog = new RefillBacklog();
  readonly #databaseClock = new DatabaseClock();
  /** For whom each was wanted last. */
  readonly #wantedBy = new WeakMap<LocalQuota, string>();
  #statements = 0;
  #minuteEndsAt: Instant = { monotonic: 0, wall: 0 };
  #isUrgent = false;
  #gathering: NodeJS.Timeout | undefined;
  #onceDone: (() => void)[] = [];

  constructor(options: RefillQueueOptions) {
    this.#options = options;
  }

  /**
   * @param urgent whether a call waits for it
   * @param actor who spends from it
   */
  want(quota: LocalQuota, urgent: boolean, actor: string): void {
    this.#wantedBy.set(quota, actor);
    if (quota.isRefilling) {
      return;
    }
    this.#backlog.addWanting(quota, actor);
    if (urgent) {
      this.#hurry();
    } else {
      this.#gather();
    }
  }

  /** The same of the minute that comes, for whomever it was wanted last. */
  wantAhead(quota: LocalQuota): void {
    this.want(quota, false, this.#wantedBy.get(quota) ?? "");
  }

  giveBack(key: LimitedKey, unspent: Unspent): void {
    this.#backlog.addReturn(key, unspent);
    this.#gather();
  }

  /** How long the database's minute still lasts by its last answer, in milliseconds; 0: it is over, or there was no answer. */
  get minuteLeftMs(): number {
    const { monotonic, wall } = readClocks(this.#options.clocks);
    // A machine that sleeps may stop the one, and the other may be set.
    return Math.max(0, Math.min(this.#minuteEndsAt.monotonic - monotonic, this.#minuteEndsAt.wall - wall));
  }

  /** Sends what is gathered, and resolves when nothing is under way any more. */
  async settle(): Promise<void> {
    this.#send();
    if (!this.#isDone) {
      await new Promise<void>((resolve) => this.#onceDone.push(resolve));
    }
  }

  get #isDone(): boolean {
    return this.#statements === 0 && this.#backlog.isEmpty;
  }

  /** All that come in the same turn of the event loop go together. */
  #hurry(): void {
    if (!this.#isUrgent) {
      this.#isUrgent = true;
      setImmediate(() => this.#send());
    }
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => this.#send(), gatheredMs).unref();
  }

  #send(): void {
    this.#isUrgent = false;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    while (this.#statements < this.#options.maxStatements) {
      const batch = this.#backlog.take();
      if (batch === undefined) {
        return;
      }
      this.#statements += 1;
      void this.#run(batch);
    }
  }

  async #run({ quotas, asks }: RefillBatch): Promise<void> {
    const { clocks, refill } = this.#options;
    const askedAt = readClocks(clocks);
    try {
      const refills = await refill(asks);
      const times = { askedAt, answeredAt: readClocks(clocks) };
      for (const quota of quotas) {
        const answer = refills.get(quota.key.apiKeyId);
        if (answer === undefined) {
          quota.refilled(undefined, times);
        } else {
          const leftMs = windowMs.minute - (answer.now % windowMs.minute);
          this.#minuteEndsAt = { monotonic: askedAt.monotonic + leftMs, wall: askedAt.wall + leftMs };
          quota.refilled(answer, this.#databaseClock.narrow(answer.now, times));
        }
      }
    } catch (error) {
      for (const quota of quotas) {
        quota.refillFailed(error);
      }
    }
    this.#statements -= 1;
    for (const quota of quotas) {
      if (quota.isAwaited) {
        this.#backlog.addWanting(quota, this.#wantedBy.get(quota) ?? "");
      }
    }
    this.#send();
    if (this.#isDone) {
      for (const resolve of this.#onceDone.splice(0)) {
        resolve();
      }
    }
  }
}
