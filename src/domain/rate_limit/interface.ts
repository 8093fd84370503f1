import type { Executor } from "../../platform/postgres/database.js";
import type { Spent, WindowLimit } from "./model.js";

/** What limits need of storage. */
export interface RateLimitStore {
  /**
   * Spends from both windows of a key together, or from neither, and never past a limit.
   *
   * @returns what is spent now; undefined when that would go past a limit
   */
  spend(
    db: Executor,
    projectId: bigint,
    apiKeyId: bigint,
    cost: number,
    limits: readonly WindowLimit[],
  ): Promise<Spent | undefined>;
  /** What is spent now. */
  spent(db: Executor, projectId: bigint, apiKeyId: bigint): Promise<Spent>;
}
