import type { Kysely } from "kysely";
import { systemClocks } from "../../platform/clock.js";
import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import type { Database } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import { within } from "../../platform/timeout.js";
import { DatabaseBusyError } from "../overload/errors.js";
import type { Subject } from "../propagation/model.js";
import type { RateLimitStore } from "./interface.js";
import { admittedAfter, canSpend, denied, type LimitDecision, unlimited } from "./limit-decision.js";
import { mostAheadMs } from "./local-quota.js";
import { windowLimits } from "./model.js";
import { QuotaCache, type RememberedKey } from "./quota-cache.js";
import { RefillQueue } from "./refill-queue.js";
import { SpentReads } from "./spent-reads.js";

/** How long a call waits for a refill, in milliseconds. */
const refillTimeoutMs = 5_000;
const purgeBatch = 10_000;

export interface RateLimitServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: RateLimitStore;
  /** Runs what only reads limits. */
  readonly reads: ConcurrencyLimiter;
  /** How many statements may be under way at once, unless fewer are given. */
  readonly maxStatements?: number;
  /** Told of each statement that asks for shares or returns them. */
  readonly onRefill?: () => void;
}

/**
 * Limits, exact across instances: each instance takes a share of a key's windows from the database, which never grants past
 * a limit, and spends it without asking again. What it does not need goes back.
 */
export class RateLimitService {
  readonly #db: Kysely<Database>;
  readonly #store: RateLimitStore;
  readonly #reads: SpentReads;
  readonly #refills: RefillQueue;
  readonly #quotas: QuotaCache;
  #spentFromShares = 0;

  constructor({ db, store, reads, maxStatements = 4, onRefill }: RateLimitServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#reads = new SpentReads({ read: (keys) => store.spent(db, keys), limiter: reads });
    this.#refills = new RefillQueue({
      refill: (asks) => {
        onRefill?.();
        return store.refill(db, asks);
      },
      clocks: systemClocks,
      maxStatements,
    });
    this.#quotas = new QuotaCache({
      clocks: systemClocks,
      giveBack: (key, unspent) => this.#refills.giveBack(key, unspent),
    });
  }

  /** How many calls were admitted from a share, without asking the database. */
  get spentFromShares(): number {
    return this.#spentFromShares;
  }

  /** Keys that are in use here. */
  get size(): number {
    return this.#quotas.size;
  }

  /**
   * Spends what a call costs from both windows, or nothing.
   *
   * @param cost 0 reads the limits and is always admitted
   * @param actor who asks: actors are served in turn
   * @param fresh whether the database must be asked
   * @throws DatabaseBusyError
   */
  async spend(key: RememberedKey, cost: number, actor: string, fresh = false): Promise<LimitDecision> {
    const limits = windowLimits(key.rateLimits);
    if (limits.length === 0) {
      return unlimited;
    }
    const spends = canSpend(limits, cost);
    if (!spends && !this.#quotas.has(key)) {
      const spent = await this.#reads.read(key, actor);
      return cost === 0 ? admittedAfter(limits, spent) : denied(limits, spent, cost);
    }
    const asks = fresh || !spends;
    return (asks ? undefined : this.spendNow(key, cost, actor)) ?? this.#wait(key, cost, actor, asks);
  }

  /** Spends from the share that is here. @returns undefined when the database has to be asked: then `spend` does */
  spendNow(key: RememberedKey, cost: number, actor: string): LimitDecision | undefined {
    const quota = cost === 0 ? undefined : this.#quotas.find(key);
    const decision = quota?.spendNow(cost);
    if (quota === undefined || decision === undefined) {
      return undefined;
    }
    this.#spentFromShares += 1;
    this.#quotas.noteSpent(key);
    if (quota.isLow) {
      this.#refills.want(quota, false, actor);
    }
    return decision;
  }

  /** Takes back what `spendNow` has spent, in the same turn. */
  unspendNow(key: RememberedKey, cost: number): void {
    this.#spentFromShares -= 1;
    this.#quotas.find(key)?.unspend(cost);
  }

  /** Calls that come from now on spend nothing that was granted before the change. */
  forget(subject: Subject): void {
    this.#quotas.close(subject);
  }

  forgetAll(): void {
    this.#quotas.closeAll();
  }

  /** Forgets the counts of days that are long over. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    while ((await run(() => this.#store.deleteSome(this.#db, purgeBatch))) === purgeBatch) {
      // More may be there.
    }
  }

  /** Gives back the shares of keys that are not in use any more, and asks for those of the minute that comes. */
  tendShares(): void {
    this.#quotas.closeIdle();
    if (this.#refills.minuteLeftMs > mostAheadMs) {
      return;
    }
    for (const quota of this.#quotas.dueAhead()) {
      this.#refills.wantAhead(quota);
    }
  }

  /** Gives back all shares, and resolves when the database has them, or has failed to take them. */
  async returnAll(): Promise<void> {
    this.#quotas.closeAll();
    await this.#refills.settle();
  }

  async #wait(key: RememberedKey, cost: number, actor: string, fresh: boolean): Promise<LimitDecision> {
    const { promise, resolve, reject } = Promise.withResolvers<LimitDecision>();
    const quota = this.#quotas.open(key);
    const call = { cost, fresh, answer: resolve, fail: reject };
    quota.wait(call);
    this.#refills.want(quota, true, actor);
    return within(promise, refillTimeoutMs, () => {
      quota.leave(call);
      return new DatabaseBusyError();
    });
  }
}
