import { FairQueue } from "../../platform/fair-queue.js";
import type { LocalQuota } from "./local-quota.js";
import type { LimitedKey } from "./model.js";
import { noNeed, type RefillAsk, type Unspent } from "./refill.js";

/** Keys in one statement, whose cost grows with their square: beyond that it would keep the first of them waiting. */
const maxKeys = 100;
/** Of them, for returns, which would wait for ever behind keys that always want more. */
const placesOfReturns = 10;

/** What one statement asks the database for and returns to it. */
export interface RefillBatch {
  /** Those that are refilled by it. */
  readonly quotas: readonly LocalQuota[];
  /** One a key, those that only return something included. */
  readonly asks: readonly RefillAsk[];
}

interface Return {
  readonly key: LimitedKey;
  readonly unspent: Unspent;
}

/** The quotas that want a refill, and what goes back, until a statement takes them. */
export class RefillBacklog {
  readonly #wanting = new FairQueue<LocalQuota>();
  #returns: Return[] = [];

  get isEmpty(): boolean {
    return this.#wanting.size === 0 && this.#returns.length === 0;
  }

  /** @param actor who spends from it: quotas are refilled in turn */
  addWanting(quota: LocalQuota, actor: string): void {
    this.#wanting.add(actor, quota);
  }

  addReturn(key: LimitedKey, unspent: Unspent): void {
    this.#returns.push({ key, unspent });
  }

  /** Takes what goes into the next statement, and starts the refills of its quotas. @returns undefined when there is nothing */
  take(): RefillBatch | undefined {
    const quotas = this.#takeWanting();
    const asks = this.#takeReturns(quotas);
    return asks.length === 0 ? undefined : { quotas, asks };
  }

  /** One of each key: a closed quota may still ask beside the one that is open now. */
  #takeWanting(): readonly LocalQuota[] {
    const quotas = new Map<bigint, LocalQuota>();
    const places = this.#returns.length > 0 ? maxKeys - placesOfReturns : maxKeys;
    const later: (readonly [actor: string, quota: LocalQuota])[] = [];
    while (quotas.size < places) {
      const next = this.#wanting.take();
      if (next === undefined) {
        break;
      }
      const [, quota] = next;
      if (quotas.has(quota.key.apiKeyId)) {
        later.push(next);
      } else {
        quotas.set(quota.key.apiKeyId, quota);
      }
    }
    for (const [actor, quota] of later) {
      this.#wanting.add(actor, quota);
    }
    return [...quotas.values()];
  }

  /** The refills start first, since that may return shares that have ended. */
  #takeReturns(quotas: readonly LocalQuota[]): readonly RefillAsk[] {
    const needs = quotas.map((quota) => quota.startRefill());
    const byKey = new Map<bigint, RefillAsk>(needs.map((need) => [need.apiKeyId, { ...need, returned: undefined }]));
    this.#returns = this.#returns.filter(({ key, unspent }) => {
      const ask = byKey.get(key.apiKeyId);
      if (ask?.returned !== undefined || (ask === undefined && byKey.size >= maxKeys)) {
        return true;
      }
      byKey.set(key.apiKeyId, { ...(ask ?? noNeed(key)), returned: unspent });
      return false;
    });
    return [...byKey.values()];
  }
}
