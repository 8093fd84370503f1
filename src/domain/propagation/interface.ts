import type { Executor, Statement } from "../../platform/postgres/database.js";
import type { LiveInstance } from "./model.js";

/** What propagation needs of storage. */
export interface PropagationStore {
  /** Sends a notice to every instance that listens, if and when the transaction commits. */
  notifying(channel: string, payload: string): Statement;
  liveInstances(db: Executor): Promise<readonly LiveInstance[]>;
  /** Which part of the server's queue of notifications is taken, 0 to 1. */
  notificationQueueUsage(db: Executor): Promise<number>;
  /** Forgets instances that ended without saying so, long after their leases. */
  forgetEndedInstances(db: Executor): Promise<void>;
}
