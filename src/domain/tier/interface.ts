import type { Executor } from "../../platform/postgres/database.js";
import type { Listing, Page } from "../listing/listing.js";
import type { RateLimits } from "../rate_limit/model.js";
import type { Tier, TierFilter, TierSort } from "./model.js";

/** What the tier service needs of storage. */
export interface TierStore {
  /** Keeps tiers from being deleted until the transaction ends. @returns those that exist */
  holdForUse(db: Executor, names: readonly string[]): Promise<ReadonlySet<string>>;
  names(db: Executor): Promise<readonly string[]>;
  query(db: Executor, listing: Listing<TierFilter, TierSort>): Promise<Page<Tier>>;
  upsert(db: Executor, name: string, rateLimits: RateLimits): Promise<Tier>;
  /** Locks the tier until the transaction ends, against any use of it. @returns undefined: there is none */
  lock(db: Executor, name: string): Promise<Tier | undefined>;
  /** Whether a live project's key has the tier, or a live project gives it to new keys. */
  isInUse(db: Executor, name: string): Promise<boolean>;
  delete(db: Executor, name: string): Promise<void>;
}
