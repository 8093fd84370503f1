import type { Executor } from "../../platform/postgres/database.js";
import type { ExposureReport, WaitingReport } from "./model.js";

/** What the exposure service needs of storage. Whoever has a report for itself has it for half a minute; then it is due for others. */
export interface ExposureStore {
  /** Writes reports down, and has them for itself. */
  add(db: Executor, reports: readonly ExposureReport[]): Promise<readonly WaitingReport[]>;
  /** Some that are due, those that have waited longest, for itself. */
  takeDue(db: Executor, limit: number): Promise<readonly WaitingReport[]>;
  /** Puts some off that could not be dealt with, each for longer with every time: from a minute to an hour. */
  postpone(db: Executor, ids: readonly bigint[]): Promise<void>;
  /** Forgets those that are done with. */
  remove(db: Executor, ids: readonly bigint[]): Promise<void>;
}
