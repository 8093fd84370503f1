import type { Executor } from "../../platform/postgres/database.js";

/** What the root key service needs of storage beyond the keys themselves. */
export interface RootKeyStore {
  /** Claims the making of the first root key. @returns whether nobody had claimed it before */
  claimFirst(db: Executor): Promise<boolean>;

  /** Seconds until the end of the root key that ends next, of those that work; undefined: none of them ends. */
  secondsToNextEnd(db: Executor): Promise<number | undefined>;
}
