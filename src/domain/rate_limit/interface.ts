import type { Executor } from "../../platform/postgres/database.js";
import type { Spent } from "./limit-decision.js";
import type { Refill, RefillAsk } from "./refill.js";

/** What limits need of storage. */
export interface RateLimitStore {
  /**
   * Grants what many keys ask for, from both windows of a key together, and never past a limit; takes back what they
   * return. Of a key whose waiting calls do not all fit, as many are granted as fit of those that stand first and cost the
   * same.
   *
   * @param asks one a key
   * @returns by the key's id; nothing of a key for which no call waits and nothing was ever granted
   */
  refill(db: Executor, asks: readonly RefillAsk[]): Promise<ReadonlyMap<bigint, Refill>>;
  /** What is spent of keys now, or lent to an instance that may spend it. @returns in their order */
  spent(
    db: Executor,
    keys: readonly { readonly projectId: bigint; readonly apiKeyId: bigint }[],
  ): Promise<readonly Spent[]>;
  /** Deletes rows of days that are long over, which count for nothing, whether their keys live or not. @returns how many */
  deleteSome(db: Executor, limit: number): Promise<number>;
}
