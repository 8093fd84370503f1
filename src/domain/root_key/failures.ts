import { LRUCache } from "lru-cache";
import { addressBucket } from "../../platform/address-bucket.js";
import { TooManyFailuresError } from "./errors.js";

/** How many attempts of an address may fail in a minute, those under way counted in, before it is over the limit. */
export const maxFailures = 600;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Counts failed authentications by source address, and those that may fail yet, in memory that is bounded. */
export class FailedAuthentications {
  readonly #failures = new LRUCache<string, { count: number; readonly until: number }>({ max: maxAddresses });
  readonly #underWay = new Map<string, number>();

  /**
   * Finds what a credential is good for. One that is good is heard also when its address has failed too often, which others may
   * have done there.
   *
   * @param find is told whether the address is over the limit
   * @param refusal of what is good for nothing
   * @throws TooManyFailuresError in its place when the address has failed too often
   */
  async hear<Found>(
    address: string,
    find: (isOverLimit: boolean) => Promise<Found | undefined>,
    refusal: () => Error,
  ): Promise<Found> {
    const secondsBlocked = this.secondsBlocked(address, Date.now());
    const found = await find(secondsBlocked > 0).finally(this.begin(address));
    if (found !== undefined) {
      return found;
    }
    if (secondsBlocked > 0) {
      throw new TooManyFailuresError(secondsBlocked);
    }
    this.add(address, Date.now());
    throw refusal();
  }

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
