import { LRUCache } from "lru-cache";
import type { Clocks } from "../../platform/clock.js";
import type { Subject } from "../propagation/model.js";
import { LocalQuota } from "./local-quota.js";
import type { LimitedKey } from "./model.js";
import type { Unspent } from "./refill.js";

/** The most keys that have a quota here. */
const maxQuotas = 16 * 1024;
/** How often a round begins that looks at those that are not busy, in milliseconds, and how many of them it looks at in one go. */
const roundMs = 10_000;
const lookedAtAtOnce = 1_000;

export interface QuotaCacheOptions {
  readonly clocks: Clocks;
  /** Is given what a closed quota had left. */
  readonly giveBack: (key: LimitedKey, unspent: Unspent) => void;
  readonly max?: number;
}

/**
 * The local quotas of the keys that are in use here. Whatever takes one out of here closes it, and its share goes back.
 *
 * Many thousands may lie unused, each with a little, until their minute ends: those are looked at now and then, a part at a time.
 */
export class QuotaCache {
  readonly #options: QuotaCacheOptions;
  readonly #byKey: LRUCache<bigint, LocalQuota>;
  /** Those that were used lately, or have more than may lie unused. */
  readonly #busy = new Set<LocalQuota>();
  /** What this round has not looked at yet, of all that were not busy when it began: some may be busy, or closed since. */
  #toLookAt: LocalQuota[] = [];
  #roundBegan = Number.NEGATIVE_INFINITY;

  constructor(options: QuotaCacheOptions) {
    this.#options = options;
    this.#byKey = new LRUCache({
      max: options.max ?? maxQuotas,
      dispose: (quota) => {
        this.#busy.delete(quota);
        quota.close();
      },
    });
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The quota of a key, if it has one here under the limits that it has now. */
  find({ apiKeyId, rateLimits }: LimitedKey): LocalQuota | undefined {
    const quota = this.#byKey.get(apiKeyId);
    if (quota?.isUnder(rateLimits) !== true) {
      return undefined;
    }
    this.#busy.add(quota);
    return quota;
  }

  /** The same, opened if need be. One that was opened under other limits is closed. */
  open(key: LimitedKey): LocalQuota {
    const found = this.find(key);
    if (found !== undefined) {
      return found;
    }
    const { projectId, apiKeyId, tier, rateLimits } = key;
    const own = { projectId, apiKeyId, tier, rateLimits };
    const { clocks, giveBack } = this.#options;
    const quota = new LocalQuota(own, clocks, (unspent) => giveBack(own, unspent));
    this.#byKey.set(apiKeyId, quota);
    this.#busy.add(quota);
    return quota;
  }

  /** Closes the quotas that a change touches. Projects and tiers change seldom: it may take a walk through all. */
  close(subject: Subject): void {
    switch (subject.kind) {
      case "api_key":
        this.#byKey.delete(subject.id);
        return;
      case "project":
        this.#closeWhere(({ key }) => key.projectId === subject.id);
        return;
      case "tier":
        this.#closeWhere(({ key }) => key.tier === subject.name);
        return;
      case "user":
        return;
      default: {
        const unreachable: never = subject;
        throw new Error(`unknown subject ${JSON.stringify(unreachable)}`);
      }
    }
  }

  /** Those that are to ask for a share of the minute that comes: they are busy. */
  dueAhead(): readonly LocalQuota[] {
    return [...this.#busy].filter((quota) => quota.isDueAhead);
  }

  /** Closes those that are idle: those that were busy at once, dormant ones some seconds later. */
  closeIdle(): void {
    for (const quota of this.#busy) {
      if (quota.isIdle) {
        this.#byKey.delete(quota.key.apiKeyId);
      } else if (quota.isDormant) {
        this.#busy.delete(quota);
      }
    }
    for (const quota of this.#nextOfRound()) {
      const { apiKeyId } = quota.key;
      if (quota.isIdle && this.#byKey.peek(apiKeyId) === quota) {
        this.#byKey.delete(apiKeyId);
      }
    }
  }

  closeAll(): void {
    this.#byKey.clear();
  }

  #nextOfRound(): readonly LocalQuota[] {
    const now = this.#options.clocks.monotonic();
    if (this.#toLookAt.length === 0 && now - this.#roundBegan >= roundMs) {
      this.#toLookAt = [...this.#byKey.values()].filter((quota) => !this.#busy.has(quota));
      this.#roundBegan = now;
    }
    return this.#toLookAt.splice(-lookedAtAtOnce);
  }

  #closeWhere(matches: (quota: LocalQuota) => boolean): void {
    for (const [apiKeyId, quota] of [...this.#byKey.entries()]) {
      if (matches(quota)) {
        this.#byKey.delete(apiKeyId);
      }
    }
  }
}
