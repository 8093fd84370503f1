import { LRUCache } from "lru-cache";
import { addressBucket } from "../../platform/address-bucket.js";
import { TooManyReportsError } from "./errors.js";

/** How many reports of an address are taken in a minute. */
export const maxReports = 10;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Counts reports by source address, in memory that is bounded. */
export class ReportLimit {
  readonly #counts = new LRUCache<string, { count: number; readonly until: number }>({ max: maxAddresses });

  /** @throws TooManyReportsError */
  take(address: string, now: number): void {
    const bucket = addressBucket(address);
    const known = this.#counts.get(bucket);
    const entry = known !== undefined && known.until > now ? known : { count: 0, until: now + windowMs };
    if (entry.count >= maxReports) {
      throw new TooManyReportsError(Math.ceil((entry.until - now) / 1000));
    }
    entry.count += 1;
    this.#counts.set(bucket, entry);
  }
}
