import type { Kysely } from "kysely";
import type { Database, Executor } from "../../platform/postgres/database.js";
import type { Granularity, JournalExtent, UsageBatch, UsageBucket } from "./model.js";

/** What usage needs of storage. */
export interface UsageStore {
  /** Adds a batch up, unless it was written before; in one statement, which crosses shards. */
  add(db: Executor, instanceId: string, batch: UsageBatch): Promise<void>;
  /** Writes a batch to the journal, to be added up later, unless it was written before; in one statement. */
  keep(db: Executor, instanceId: string, batch: UsageBatch): Promise<void>;
  /** Adds up batches of the journal; in one statement, which crosses shards. @returns whether there may be more */
  addUpJournal(db: Kysely<Database>, extent: JournalExtent): Promise<boolean>;
  /**
   * What was written, in the journal too.
   *
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
