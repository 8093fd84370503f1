import type { Executor } from "../../platform/postgres/database.js";
import type { Granularity, UsageBatch, UsageBucket } from "./model.js";

/** What usage needs of storage. */
export interface UsageStore {
  /** Adds a batch up, unless it was added before; in one statement, which crosses shards. */
  add(db: Executor, instanceId: string, batch: UsageBatch): Promise<void>;
  /**
   * @param apiKeyId undefined: all keys of the project
   * @param from the start of a bucket
   * @param until the end of a bucket
   */
  buckets(
    db: Executor,
    projectId: bigint,
    apiKeyId: bigint | undefined,
    from: Date,
    until: Date,
    granularity: Granularity,
  ): Promise<readonly UsageBucket[]>;
  /** Makes the partitions of this month and the next ones, where they are missing. */
  makePartitions(db: Executor): Promise<void>;
  /** Forgets the last batches of instances that have long ended. */
  forgetEndedInstances(db: Executor): Promise<void>;
}
