import type { Kysely } from "kysely";
import { systemClocks } from "../../platform/clock.js";
import type { Database } from "../../platform/postgres/database.js";
import { DatabaseBusyError } from "../overload/errors.js";
import type { Subject } from "../propagation/model.js";
import { Accounts } from "./accounts.js";
import type { RateLimitStore } from "./interface.js";
import { type Admission, admission, type LimitedKey, refusal, windowLimits } from "./model.js";
import { RefillQueue } from "./refill-queue.js";

/** How long a call waits for a refill, in milliseconds. */
const patienceMs = 5_000;
const purgeBatch = 10_000;

export interface RateLimitServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: RateLimitStore;
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
  readonly #refills: RefillQueue;
  readonly #accounts: Accounts;
  #spentFromShares = 0;

  constructor({ db, store, maxStatements = 4, onRefill }: RateLimitServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#refills = new RefillQueue({
      refill: (asks) => {
        onRefill?.();
        return store.refill(db, asks);
      },
      clocks: systemClocks,
      maxStatements,
    });
    this.#accounts = new Accounts({
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
    return this.#accounts.size;
  }

  /**
   * Spends what a call costs from both windows, or nothing.
   *
   * @param cost 0 reads the limits and is always admitted
   * @param fresh whether the database must be asked
   * @throws DatabaseBusyError
   */
  async spend(key: LimitedKey, cost: number, fresh = false): Promise<Admission> {
    const limits = windowLimits(key.rateLimits);
    if (limits.length === 0) {
      return { admitted: true, limits: [], retryAfterMs: undefined };
    }
    const spends = cost > 0 && limits.every(({ limit }) => cost <= limit);
    if (!spends && this.#accounts.find(key) === undefined) {
      const spent = await this.#store.spent(this.#db, key.projectId, key.apiKeyId);
      return cost === 0 ? admission(limits, spent) : refusal(limits, spent, cost);
    }
    const asks = fresh || !spends;
    return (asks ? undefined : this.spendNow(key, cost)) ?? this.#wait(key, cost, asks);
  }

  /** Spends from the share that is here. @returns undefined when the database has to be asked: then `spend` does */
  spendNow(key: LimitedKey, cost: number): Admission | undefined {
    const account = cost === 0 ? undefined : this.#accounts.find(key);
    const admitted = account?.spendNow(cost);
    if (account === undefined || admitted === undefined) {
      return undefined;
    }
    this.#spentFromShares += 1;
    if (account.isLow) {
      this.#refills.want(account, false);
    }
    return admitted;
  }

  /** Takes back what `spendNow` has spent, in the same turn. */
  unspendNow(key: LimitedKey, cost: number): void {
    this.#spentFromShares -= 1;
    this.#accounts.find(key)?.unspend(cost);
  }

  /** Calls that come from now on spend nothing that was granted before the change. */
  forget(subject: Subject): void {
    this.#accounts.close(subject);
  }

  forgetAll(): void {
    this.#accounts.closeAll();
  }

  /** Forgets the counts of days that are long over. */
  async purge(): Promise<void> {
    while ((await this.#store.deleteSome(this.#db, purgeBatch)) === purgeBatch) {
      // More may be there.
    }
  }

  /** Gives back the shares of keys that are not in use any more. */
  returnIdle(): void {
    this.#accounts.closeIdle();
  }

  /** Gives back all shares, and resolves when the database has them, or has failed to take them. */
  async returnAll(): Promise<void> {
    this.#accounts.closeAll();
    await this.#refills.settle();
  }

  async #wait(key: LimitedKey, cost: number, fresh: boolean): Promise<Admission> {
    const { promise, resolve, reject } = Promise.withResolvers<Admission>();
    const account = this.#accounts.open(key);
    const call = { cost, fresh, answer: resolve, fail: reject };
    account.wait(call);
    this.#refills.want(account, true);
    const timer = setTimeout(() => {
      account.leave(call);
      reject(new DatabaseBusyError());
    }, patienceMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
