import { type Clocks, readClocks } from "../../platform/clock.js";
import type { Account } from "./account.js";
import type { LimitedKey } from "./model.js";
import type { Refill, RefillAsk, Unspent } from "./refill.js";

/** Keys in one statement, whose cost grows with their square: beyond that it would keep the first of them waiting. */
const maxKeys = 100;
/** Of them, for returns, which would wait for ever behind keys that always want more. */
const placesOfReturns = 10;
/** What nobody waits for is gathered for so long, in milliseconds. */
const gatheredMs = 10;

export interface RefillQueueOptions {
  /** Asks the database. @returns by the key's id */
  readonly refill: (asks: readonly RefillAsk[]) => Promise<ReadonlyMap<bigint, Refill>>;
  readonly clocks: Clocks;
  /** How many statements may be under way at once: a row that is locked for long keeps no more than its own waiting. */
  readonly maxStatements: number;
}

interface Return {
  readonly key: LimitedKey;
  readonly unspent: Unspent;
}

/**
 * Asks the database for what accounts want and hands it what they return: many keys in one statement, and each account in
 * one at a time. What a statement returned that failed is lost: whether the database has it is not known.
 */
export class RefillQueue {
  readonly #options: RefillQueueOptions;
  readonly #wanting = new Set<Account>();
  #returns: Return[] = [];
  #statements = 0;
  #isUrgent = false;
  #gathering: NodeJS.Timeout | undefined;
  #onceDone: (() => void)[] = [];

  constructor(options: RefillQueueOptions) {
    this.#options = options;
  }

  /** @param urgent whether a call waits for it */
  want(account: Account, urgent: boolean): void {
    if (account.isAsking) {
      return;
    }
    this.#wanting.add(account);
    if (urgent) {
      this.#hurry();
    } else {
      this.#gather();
    }
  }

  giveBack(key: LimitedKey, unspent: Unspent): void {
    this.#returns.push({ key, unspent });
    this.#gather();
  }

  /** Sends what is gathered, and resolves when nothing is under way any more. */
  async settle(): Promise<void> {
    this.#send();
    if (!this.#isDone) {
      await new Promise<void>((resolve) => this.#onceDone.push(resolve));
    }
  }

  get #isDone(): boolean {
    return this.#statements === 0 && this.#wanting.size === 0 && this.#returns.length === 0;
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
      const accounts = this.#nextAccounts();
      const asks = accounts.map((account) => account.ask());
      const all = this.#withReturns(asks);
      if (all.length === 0) {
        return;
      }
      this.#statements += 1;
      void this.#run(accounts, all);
    }
  }

  /** One of each key: a closed account may still ask beside the one that is open now. */
  #nextAccounts(): readonly Account[] {
    const accounts = new Map<bigint, Account>();
    const places = this.#returns.length > 0 ? maxKeys - placesOfReturns : maxKeys;
    for (const account of this.#wanting) {
      if (accounts.size === places) {
        break;
      }
      if (!accounts.has(account.key.apiKeyId)) {
        accounts.set(account.key.apiKeyId, account);
        this.#wanting.delete(account);
      }
    }
    return [...accounts.values()];
  }

  #withReturns(asks: readonly Omit<RefillAsk, "returned">[]): readonly RefillAsk[] {
    const byKey = new Map<bigint, RefillAsk>(asks.map((ask) => [ask.apiKeyId, { ...ask, returned: undefined }]));
    this.#returns = this.#returns.filter(({ key, unspent }) => {
      const ask = byKey.get(key.apiKeyId);
      if (ask?.returned !== undefined || (ask === undefined && byKey.size >= maxKeys)) {
        return true;
      }
      byKey.set(key.apiKeyId, { ...(ask ?? askNothing(key)), returned: unspent });
      return false;
    });
    return [...byKey.values()];
  }

  async #run(accounts: readonly Account[], asks: readonly RefillAsk[]): Promise<void> {
    const { clocks, refill } = this.#options;
    const askedAt = readClocks(clocks);
    try {
      const refills = await refill(asks);
      for (const account of accounts) {
        account.refilled(refills.get(account.key.apiKeyId), askedAt);
      }
    } catch (error) {
      for (const account of accounts) {
        account.failed(error);
      }
    }
    this.#statements -= 1;
    for (const account of accounts) {
      if (account.isAwaited) {
        this.#wanting.add(account);
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

function askNothing({ projectId, apiKeyId }: LimitedKey): RefillAsk {
  return {
    projectId,
    apiKeyId,
    perMinute: undefined,
    perDay: undefined,
    awaited: false,
    waiting: 0,
    unit: 1,
    run: 0,
    held: 0,
    surplus: 0,
    returned: undefined,
  };
}
