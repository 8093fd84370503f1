import type { Kysely } from "kysely";
import type { Database } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import type { NonceStore } from "./interface.js";

const purgeBatch = 1000;

export interface NonceServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: NonceStore;
}

/** A key, as far as its nonces go. */
export interface NonceOwner {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

/** What became of a nonce: burnt now, used before, or so late that its use before may be forgotten. */
export type Burn = "burnt" | "used" | "late";

/** Nonces: each is good once for its key, on all instances together. */
export class NonceService {
  readonly #db: Kysely<Database>;
  readonly #store: NonceStore;

  constructor({ db, store }: NonceServiceDependencies) {
    this.#db = db;
    this.#store = store;
  }

  /**
   * Uses a nonce up.
   *
   * @param acceptedUntil the last moment at which a request with this nonce is accepted. Time has passed since the request
   * was found to be timely, so it is held to that again in the statement that burns: only then is it sure that an earlier
   * use was not yet purged.
   */
  async burn({ projectId, apiKeyId }: NonceOwner, nonce: string, acceptedUntil: Date): Promise<Burn> {
    const burntAt = await this.#store.insert(this.#db, projectId, apiKeyId, nonce, acceptedUntil);
    if (burntAt === undefined) {
      return "used";
    }
    return burntAt <= acceptedUntil ? "burnt" : "late";
  }

  /** Forgets the nonces that could not be accepted any more, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    while ((await run(() => this.#store.deleteSome(this.#db, purgeBatch))) === purgeBatch);
  }
}
