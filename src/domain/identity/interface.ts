import type { Executor } from "../../platform/postgres/database.js";
import type { BoundIdentity, IdentityName } from "./model.js";

/** What the identity service needs of storage. */
export interface IdentityStore {
  find(db: Executor, name: IdentityName): Promise<BoundIdentity | undefined>;
  /** @returns whether it was nobody's before */
  insert(db: Executor, name: IdentityName, userId: bigint, isByClaim: boolean): Promise<boolean>;
}
