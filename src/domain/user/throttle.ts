import { LRUCache } from "lru-cache";

/** How many attempts may fail before the next has to wait, and how long it waits at most, in seconds. */
export interface ThrottleLimits {
  readonly free: number;
  readonly maxDelaySeconds: number;
  /** How many may be under way at once. */
  readonly maxUnderWay: number;
}

interface Failures {
  readonly count: number;
  readonly blockedUntil: number;
}

const maxEntries = 50_000;
/** After how long without another failure all is forgotten, in milliseconds. */
const memoryMs = 60 * 60_000;

/**
 * Lets wrong passwords be tried ever more slowly, by what they are tried on or where they come from. It never shuts out for good: the
 * delay has a most, so that attempts come through at a bounded rate, and those that are refused add nothing.
 */
export class Throttle {
  readonly #limits: ThrottleLimits;
  /** Room for all of them is made at once, two megabytes: undefined until one has failed. */
  #failures: LRUCache<string, Failures> | undefined;
  readonly #underWay = new Map<string, number>();

  constructor(limits: ThrottleLimits) {
    this.#limits = limits;
  }

  /** @returns seconds until the next attempt is let through; 0: now */
  secondsBlocked(name: string, now: number): number {
    const { count, blockedUntil } = this.#failures?.get(name) ?? { count: 0, blockedUntil: 0 };
    if (blockedUntil > now) {
      return Math.ceil((blockedUntil - now) / 1000);
    }
    // Once one has failed, no more are let through at once than of as many one after the other.
    const { free, maxUnderWay } = this.#limits;
    const most = count === 0 ? maxUnderWay : Math.min(maxUnderWay, Math.max(1, free - count));
    return (this.#underWay.get(name) ?? 0) < most ? 0 : 1;
  }

  /** An attempt has begun. The function that comes back must be called once it is over. */
  begin(name: string): () => void {
    this.#underWay.set(name, (this.#underWay.get(name) ?? 0) + 1);
    return () => {
      const left = (this.#underWay.get(name) ?? 1) - 1;
      if (left === 0) {
        this.#underWay.delete(name);
      } else {
        this.#underWay.set(name, left);
      }
    };
  }

  failed(name: string, now: number): void {
    this.#failures ??= new LRUCache({ max: maxEntries, ttl: memoryMs });
    const count = (this.#failures.get(name)?.count ?? 0) + 1;
    const over = count - this.#limits.free;
    const seconds = over < 0 ? 0 : Math.min(2 ** (Math.min(over, 20) + 1), this.#limits.maxDelaySeconds);
    this.#failures.set(name, { count, blockedUntil: now + seconds * 1000 });
  }

  succeeded(name: string): void {
    this.#failures?.delete(name);
  }
}
