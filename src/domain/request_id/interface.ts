import type { Executor } from "../../platform/postgres/database.js";
import type { Claim, RequestIdPlace } from "./model.js";

/** What the request id service needs of storage. */
export interface RequestIdStore {
  /**
   * Writes named requests down, each place once. Where the request of a transaction that is under way has a place, it waits for
   * that to end: before a transaction's other locks, so that two never wait for each other.
   *
   * @returns the places that were free, in no order
   */
  claim(db: Executor, claims: readonly Claim[]): Promise<readonly RequestIdPlace[]>;
  /** @returns what stands at the places, in no order; what is older than a day is not there */
  find(db: Executor, places: readonly RequestIdPlace[]): Promise<readonly Claim[]>;
  /** Frees places again, in the transaction that claimed them. */
  release(db: Executor, places: readonly RequestIdPlace[]): Promise<void>;
  /** Frees those of the places whose day is over. */
  releaseOld(db: Executor, places: readonly RequestIdPlace[]): Promise<void>;
  /** Deletes some whose day is long over; safe beside itself on another instance. @returns how many */
  deleteSome(db: Executor, limit: number): Promise<number>;
}
