import { LRUCache } from "lru-cache";
import { addressBucket } from "../../platform/address-bucket.js";

/** How many attempts of an address may fail in a minute, those under way counted in, before it is over the limit. */
export const maxFailures = 600;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Counts failed authentications by source address, and those that may fail yet, in memory that is bounded. */
export class FailedAuthentications {
  readonly #failures = new LRUCache<string, { count: number; readonly until: number }>({ max: maxAddresses });
  readonly #underWay = new Map<string, number>();

  /** @returns seconds until the address is under the limit again; 0: it is */
  secondsBlocked(address: string, now: number): number {
    const bucket = addressBucket(address);
    const entry = this.#failures.get(bucket);
    const failed = entry !== undefined && entry.until > now ? entry : undefined;
    const attempts = (failed?.count ?? 0) + (this.#underWay.get(bucket) ?? 0);
    return attempts < maxFailures ? 0 : Math.ceil(((failed?.until ?? now + windowMs) - now) / 1000);
  }

  /** An attempt has begun that may fail. The function that comes back must be called once it is over. */
  begin(address: string): () => void {
    const bucket = addressBucket(address);
    this.#underWay.set(bucket, (this.#underWay.get(bucket) ?? 0) + 1);
    return () => {
      const left = (this.#underWay.get(bucket) ?? 1) - 1;
      if (left === 0) {
        this.#underWay.delete(bucket);
      } else {
        this.#underWay.set(bucket, left);
      }
    };
  }

  add(address: string, now: number): void {
    const bucket = addressBucket(address);
    const entry = this.#failures.get(bucket);
    if (entry !== undefined && entry.until > now) {
      entry.count += 1;
    } else {
      this.#failures.set(bucket, { count: 1, until: now + windowMs });
    }
  }
}
