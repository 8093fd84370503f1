import type { Executor } from "../../platform/postgres/database.js";

/** What the nonce service needs of storage. */
export interface NonceStore {
  /**
   * Writes a nonce of a key down.
   *
   * @param acceptedUntil the last moment at which a request with this nonce is accepted
   * @returns the database's time of it; undefined when the nonce is there already
   */
  insert(
    db: Executor,
    projectId: bigint,
    apiKeyId: bigint,
    nonce: string,
    acceptedUntil: Date,
  ): Promise<Date | undefined>;
  /** Deletes some nonces that are long out of use; safe beside itself on another instance. @returns how many */
  deleteSome(db: Executor, limit: number): Promise<number>;
}
