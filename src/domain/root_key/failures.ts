import ipaddr from "ipaddr.js";
import { LRUCache } from "lru-cache";

/** How many failures an address has in a minute before it is refused unheard. */
export const maxFailures = 600;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Counts failed authentications by source address, in memory that is bounded. */
export class FailedAuthentications {
  readonly #failures = new LRUCache<string, { count: number; readonly until: number }>({ max: maxAddresses });

  /** @returns seconds until the address is heard again; 0: now */
  secondsBlocked(address: string, now: number): number {
    const entry = this.#failures.get(addressBucket(address));
    return entry !== undefined && entry.count >= maxFailures && entry.until > now
      ? Math.ceil((entry.until - now) / 1000)
      : 0;
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

/** One subscriber has a /64 of IPv6 addresses at least, and would never run out of new ones. */
function addressBucket(address: string): string {
  return ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString() : address;
}
