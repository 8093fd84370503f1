import { LRUCache } from "lru-cache";
import type { Clocks } from "../../platform/clock.js";
import { ObjectSlot, type SlotHolder } from "../../platform/object-slot.js";
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
 * A key as one service remembers it, with limits that stay what they are. A copy with other limits needs slots of its own, and so does
 * one for another `QuotaCache`.
 */
export interface RememberedKey extends LimitedKey, SlotHolder {}

/** What is here of a key. */
interface Entry {
  /** That of the quota, at hand without it. */
  readonly apiKeyId: bigint;
  /** Undefined once it was closed. */
  quota: LocalQuota | undefined;
  /** Whether it is among those that are looked at each time: it was used lately, or has more than may lie unused. */
  isBusy: boolean;
  /** Whether a call has spent from its share since the last look at those that are busy. */
  hasSpent: boolean;
}

/** The entry that was last found for a remembered key. */
const lastFound = new ObjectSlot<Entry>();

/**
 * The local quotas of the keys that are in use here. Whatever takes one out of here closes it, and its share goes back.
 *
 * Many thousands may lie unused, each with a little, until their minute ends: those are looked at now and then, a part at a time.
 */
export class QuotaCache {
  readonly #options: QuotaCacheOptions;
  readonly #byKey: LRUCache<bigint, Entry>;
  readonly #busy = new Set<Entry>();
  /** What this round has not looked at yet, of all that were not busy when it began: some may be busy, or closed since. */
  #toLookAt: Entry[] = [];
  #roundBegan = Number.NEGATIVE_INFINITY;

  constructor(options: QuotaCacheOptions) {
    this.#options = options;
    this.#byKey = new LRUCache({
      max: options.max ?? maxQuotas,
      dispose: (entry) => {
        const { quota } = entry;
        entry.quota = undefined;
        this.#busy.delete(entry);
        quota?.close();
      },
    });
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Whether a key has a quota here under the limits that it has now. */
  has(key: RememberedKey): boolean {
    return this.#entryOf(key) !== undefined;
  }

  /** The quota that a key has here under the limits that it has now. It is to be used. */
  find(key: RememberedKey): LocalQuota | undefined {
    const entry = this.#entryOf(key);
    if (entry !== undefined) {
      this.#makeBusy(entry);
    }
    return entry?.quota;
  }

  /** The same, opened if need be, for a call that waits. One that was opened under other limits is closed. */
  open(key: RememberedKey): LocalQuota {
    const found = this.find(key);
    if (found !== undefined) {
      this.#byKey.get(key.apiKeyId);
      return found;
    }
    const { projectId, apiKeyId, tier, rateLimits } = key;
    const own = { projectId, apiKeyId, tier, rateLimits };
    const { clocks, giveBack } = this.#options;
    const quota = new LocalQuota(own, clocks, (unspent) => giveBack(own, unspent));
    const entry: Entry = { apiKeyId, quota, isBusy: false, hasSpent: false };
    this.#byKey.set(apiKeyId, entry);
    this.#makeBusy(entry);
    lastFound.set(key, entry);
    return quota;
  }

  /** A call has just spent from the quota that was found for a key. */
  noteSpent(key: RememberedKey): void {
    const entry = lastFound.get(key);
    if (entry !== undefined) {
      entry.hasSpent = true;
    }
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
    return [...this.#busy].flatMap(({ quota }) => (quota?.isDueAhead === true ? [quota] : []));
  }

  /** Closes those that are idle: those that were busy at once, dormant ones some seconds later. */
  closeIdle(): void {
    for (const entry of this.#busy) {
      const { quota, apiKeyId, hasSpent } = entry;
      entry.hasSpent = false;
      if (hasSpent) {
        // It was found by its key's slot: the cache has to hear of it, which throws out what was used least lately.
        this.#byKey.get(apiKeyId);
      } else if (quota?.isIdle === true) {
        this.#byKey.delete(apiKeyId);
      } else if (quota?.isDormant === true) {
        entry.isBusy = false;
        this.#busy.delete(entry);
      }
    }
    for (const { quota, apiKeyId } of this.#nextOfRound()) {
      if (quota?.isIdle === true) {
        this.#byKey.delete(apiKeyId);
      }
    }
  }

  closeAll(): void {
    this.#byKey.clear();
  }

  #entryOf(key: RememberedKey): Entry | undefined {
    let entry = lastFound.get(key);
    if (entry?.quota === undefined) {
      entry = this.#byKey.get(key.apiKeyId);
      if (entry?.quota?.isUnder(key.rateLimits) !== true) {
        return undefined;
      }
      lastFound.set(key, entry);
    }
    return entry;
  }

  #makeBusy(entry: Entry): void {
    if (!entry.isBusy) {
      entry.isBusy = true;
      this.#busy.add(entry);
    }
  }

  #nextOfRound(): readonly Entry[] {
    const now = this.#options.clocks.monotonic();
    if (this.#toLookAt.length === 0 && now - this.#roundBegan >= roundMs) {
      this.#toLookAt = [...this.#byKey.values()].filter(({ isBusy }) => !isBusy);
      this.#roundBegan = now;
    }
    return this.#toLookAt.splice(-lookedAtAtOnce);
  }

  #closeWhere(matches: (quota: LocalQuota) => boolean): void {
    for (const { quota, apiKeyId } of [...this.#byKey.values()]) {
      if (quota !== undefined && matches(quota)) {
        this.#byKey.delete(apiKeyId);
      }
    }
  }
}
