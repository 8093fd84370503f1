import type { Kysely } from "kysely";
import type { MasterKey } from "../../platform/master-key.js";
import type { Database } from "../../platform/postgres/database.js";
import { openRotatedValue, sealRotatedValue } from "../api_key/rotated-value.js";
import { openSigningSecret, sealSigningSecret } from "../api_key/signing-secret.js";
import type { AuditService } from "../audit/service.js";
import type { Caller } from "../caller.js";
import { builtInProjectId } from "../project/model.js";
import type { WebhookService } from "../webhook/service.js";
import type { MasterKeyStore } from "./interface.js";
import type { SealedSecrets } from "./model.js";
import { trailKeyPlace } from "./shared-secrets.js";

const batchSize = 500;

export interface MasterKeyServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: MasterKeyStore;
  readonly audit: AuditService;
  readonly masterKey: MasterKey;
  readonly webhooks: WebhookService;
}

/** Replaces the master key while the service runs. */
export class MasterKeyService {
  readonly #db: Kysely<Database>;
  readonly #store: MasterKeyStore;
  readonly #audit: AuditService;
  readonly #masterKey: MasterKey;
  readonly #webhooks: WebhookService;

  constructor({ db, store, audit, masterKey, webhooks }: MasterKeyServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#audit = audit;
    this.#masterKey = masterKey;
    this.#webhooks = webhooks;
  }

  /**
   * Encrypts everything that the previous master key encrypted with the current one, a batch at a time. It may be stopped
   * and run again at any time: what is done stays done, and both keys open the rest.
   *
   * @returns how many keys' signing secrets were encrypted anew
   * @throws DecryptionError when something is under neither of the two
   */
  async rotate(caller: Caller): Promise<number> {
    const keys = await everyBatch(() => this.#rotateSecrets());
    const values = await everyBatch(() => this.#rotateValues());
    await everyBatch(() => this.#db.transaction().execute((tx) => this.#webhooks.reseal(tx)));
    await this.#db.transaction().execute(async (tx) => {
      const trailKey = this.#masterKey.decrypt(await this.#store.lockTrailKey(tx), trailKeyPlace);
      await this.#store.replaceTrailKey(tx, this.#masterKey.encrypt(trailKey, trailKeyPlace));
      await this.#store.setMasterKeyId(tx, this.#masterKey.id);
      const detail = { master_key_id: this.#masterKey.id.toString("hex"), api_keys: keys, waiting_values: values };
      await this.#audit.record(tx, caller, { id: builtInProjectId }, "master_key.rotated", "", detail);
    });
    return keys;
  }

  async #rotateSecrets(): Promise<number> {
    return this.#db.transaction().execute(async (tx) => {
      const others = await this.#store.lockOthers(tx, this.#masterKey.id, batchSize);
      for (const secrets of others) {
        await this.#store.replace(tx, {
          ...secrets,
          signingSecret: this.#resealed(secrets, secrets.signingSecret),
          previousSigningSecret: this.#resealed(secrets, secrets.previousSigningSecret),
        });
      }
      return others.length;
    });
  }

  async #rotateValues(): Promise<number> {
    return this.#db.transaction().execute(async (tx) => {
      const others = await this.#store.lockOtherValues(tx, this.#masterKey.id, batchSize);
      for (const value of others) {
        const opened = openRotatedValue(this.#masterKey, value, value.sealed);
        await this.#store.replaceValue(tx, { ...value, sealed: sealRotatedValue(this.#masterKey, value, opened) });
      }
      return others.length;
    });
  }

  #resealed(owner: SealedSecrets, ciphertext: Buffer | undefined): Buffer | undefined {
    return (
      ciphertext && sealSigningSecret(this.#masterKey, owner, openSigningSecret(this.#masterKey, owner, ciphertext))
    );
  }
}

/** Runs batches until one finds nothing. @returns how much they did */
async function everyBatch(batch: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let done = await batch(); done > 0; done = await batch()) {
    sum += done;
  }
  return sum;
}
