import type { Executor } from "../../platform/postgres/database.js";
import type { Granularity, KeyUsage, UsageBatch, UsageBucket } from "./model.js";

/** What usage needs of storage. */
export interface UsageStore {
  /** Adds a batch up, unless it was written before; in one statement, which crosses shards. */
  add(db: Executor, instanceId: string, batch: UsageBatch): Promise<void>;
  /** Writes a batch to the journal as it is, unless it was written before; in one statement. */
  appendToJournal(db: Executor, instanceId: string, batch: UsageBatch): Promise<void>;
  /**
   * The newest entry of the journal.
   *
   * @returns undefined: no batch has been there for so long, and no sum is left
   */
  newestInJournal(db: Executor, olderThanMs: number): Promise<bigint | undefined>;
  /**
   * Until the transaction ends, no other instance adds up the journal.
   *
   * @returns false: another instance is at it
   */
  lockJournal(tx: Executor): Promise<boolean>;
  /** Replaces the oldest batches of the journal by their sums. @returns whether there may be more of them up to `newest` */
  condenseJournal(tx: Executor, newest: bigint): Promise<boolean>;
  /** Adds the oldest sum of the journal to usage, which crosses shards. @returns false: there is none */
  addSum(tx: Executor): Promise<boolean>;
  /**
   * What was written, in the journal too.
   *
   * @param apiKeyIds one or several; undefined: all keys of the project
   * @param from the start of a bucket
   * @param until the end of a bucket
   */
  buckets(
    db: Executor,
    projectId: bigint,
    apiKeyIds: bigint | readonly bigint[] | undefined,
    from: Date,
    until: Date,
    granularity: Granularity,
  ): Promise<readonly UsageBucket[]>;
  /**
   * The keys that were verified most often, counted as `buckets` does, the first of them first.
   *
   * @param apiKeyId undefined: any key of the project
   */
  topKeys(
    db: Executor,
    projectId: bigint,
    apiKeyId: bigint | undefined,
    from: Date,
    until: Date,
    limit: number,
  ): Promise<readonly KeyUsage[]>;
  /** Makes the partitions of this month and the next ones, where they are missing. */
  makePartitions(db: Executor): Promise<void>;
  /** Forgets the last batches of instances that have long ended. */
  forgetEndedInstances(db: Executor): Promise<void>;
}
