import type { Kysely } from "kysely";
import type { Database } from "../../platform/postgres/database.js";
import type { RateLimitStore } from "./interface.js";
import { type Admission, type Spent, stateOf, type WindowLimit, windowLimits } from "./model.js";

/** A key, as far as its limits go. */
export interface LimitedKey {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  readonly rateLimits: { readonly perMinute: number | undefined; readonly perDay: number | undefined };
}

/** Limits, exact across instances: each call of a limited key is one statement that never grants past a limit. */
export class RateLimitService {
  readonly #db: Kysely<Database>;
  readonly #store: RateLimitStore;

  constructor(db: Kysely<Database>, store: RateLimitStore) {
    this.#db = db;
    this.#store = store;
  }

  /**
   * Spends what a call costs from both windows, or nothing.
   *
   * @param cost 0 reads the limits and is always admitted
   */
  async spend(key: LimitedKey, cost: number): Promise<Admission> {
    const limits = windowLimits(key.rateLimits.perMinute, key.rateLimits.perDay);
    if (limits.length === 0) {
      return { admitted: true, limits: [], retryAfterMs: undefined };
    }
    const { projectId, apiKeyId } = key;
    const spent = cost === 0 ? undefined : await this.#store.spend(this.#db, projectId, apiKeyId, cost, limits);
    if (spent !== undefined) {
      return { admitted: true, limits: limits.map((limit) => stateOf(limit, spent)), retryAfterMs: undefined };
    }
    const now = await this.#store.spent(this.#db, projectId, apiKeyId);
    return {
      admitted: cost === 0,
      limits: limits.map((limit) => stateOf(limit, now)),
      retryAfterMs: cost === 0 ? undefined : retryAfter(limits, now, cost),
    };
  }
}

/** Until the last of the windows that are too full ends; undefined when the call costs more than a whole window. */
function retryAfter(limits: readonly WindowLimit[], spent: Spent, cost: number): number | undefined {
  if (limits.some(({ limit }) => cost > limit)) {
    return undefined;
  }
  const waits = limits
    .filter(({ window, limit }) => spent[window] + cost > limit)
    .map((limit) => stateOf(limit, spent).resetAt.getTime() - spent.now.getTime());
  // Between the two statements a window may have ended: then the next call may be admitted at once.
  return Math.max(0, ...waits);
}
