import type { Executor } from "../../platform/postgres/database.js";
import type { NewPortalSession, PortalSession } from "./model.js";

/** Where a token is looked for. */
export interface TokenPlace {
  readonly projectId: bigint;
  readonly digest: Buffer;
}

/** What the portal service needs of storage. */
export interface PortalStore {
  /** @returns when the session ends */
  insert(db: Executor, session: NewPortalSession): Promise<Date>;
  /**
   * Gives the session of a code its token: of concurrent calls, on whichever instance, one does.
   *
   * @returns undefined when the code is not good any more
   */
  exchange(
    db: Executor,
    projectId: bigint,
    codeDigest: Buffer,
    tokenDigest: Buffer,
  ): Promise<PortalSession | undefined>;
  /** The sessions of tokens that have not ended, in the order of the tokens; undefined where there is none. */
  findByTokens(db: Executor, places: readonly TokenPlace[]): Promise<readonly (PortalSession | undefined)[]>;
  /** Ends all sessions of an owner. @returns how many had not ended */
  end(db: Executor, projectId: bigint, ownerId: string): Promise<number>;
  /** Deletes some sessions that are over; safe beside itself on another instance. @returns how many */
  deleteSome(db: Executor, limit: number): Promise<number>;
}
