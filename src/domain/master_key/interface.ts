import type { Executor } from "../../platform/postgres/database.js";
import type { SealedSecrets, SealedValue } from "./model.js";

/** What the master key service needs of storage. */
export interface MasterKeyStore {
  /**
   * Some keys with a secret that another master key has encrypted, locked until the transaction ends, in the order of their
   * primary key. Crosses shards.
   *
   * @param masterKeyId the master key whose own are left out
   */
  lockOthers(db: Executor, masterKeyId: Buffer, limit: number): Promise<readonly SealedSecrets[]>;
  replace(db: Executor, secrets: SealedSecrets): Promise<void>;
  /** The same of values that wait to be claimed. Crosses shards. */
  lockOtherValues(db: Executor, masterKeyId: Buffer, limit: number): Promise<readonly SealedValue[]>;
  replaceValue(db: Executor, value: SealedValue): Promise<void>;
  /** The trail's key, encrypted; locked until the transaction ends. */
  lockTrailKey(db: Executor): Promise<Buffer>;
  replaceTrailKey(db: Executor, ciphertext: Buffer): Promise<void>;
  /** From now on only this master key, or one that knows it as its previous one, opens the database. */
  setMasterKeyId(db: Executor, masterKeyId: Buffer): Promise<void>;
}
