import { type DigestText, digestText } from "../api_key/secret-format.js";
import type { Lease } from "../propagation/lease.js";
import type { Subject } from "../propagation/model.js";
import type { GatheredLookUps } from "./gathered-look-ups.js";
import type { KeyRecord } from "./model.js";
import { RecordCache } from "./record-cache.js";

export interface RecordsOptions {
  readonly lookUps: GatheredLookUps;
  readonly lease: Lease;
  /** How many keys to remember at most; as many as a server does unless given. */
  readonly maxRemembered?: number | undefined;
  readonly onHit?: () => void;
  readonly onMiss?: () => void;
}

/**
 * Finds the records of presented keys: in memory while the lease holds, else in the database.
 *
 * While the lease holds, callers who ask for the same key share one look-up; a change that is heard of detaches those in
 * flight, so that later callers start another and what the detached one brings is not kept. Without the lease nobody
 * joins a look-up that has begun, since changes may not be heard of.
 */
export class Records {
  readonly #options: RecordsOptions;
  readonly #cache: RecordCache;
  #flights = new Map<DigestText, Promise<KeyRecord | undefined>>();

  constructor(options: RecordsOptions) {
    this.#options = options;
    this.#cache = new RecordCache(options.maxRemembered);
  }

  get size(): number {
    return this.#cache.size;
  }

  /** What memory says; null: no such key; undefined: memory may not or cannot say. */
  remembered(digest: DigestText): KeyRecord | null | undefined {
    const known = this.#options.lease.holds() ? this.#cache.get(digest) : undefined;
    if (known !== undefined) {
      this.#options.onHit?.();
    }
    return known;
  }

  /**
   * @param fresh whether the database must be asked
   * @param actor who waits for it: look-ups are made in turn
   */
  async find(digest: Buffer, fresh: boolean, actor: string): Promise<KeyRecord | undefined> {
    const text = digestText(digest);
    if (fresh || !this.#options.lease.holds()) {
      this.#options.onMiss?.();
      return this.#lookUp(digest, text, actor);
    }
    const remembered = this.#cache.get(text);
    if (remembered !== undefined) {
      this.#options.onHit?.();
      return remembered ?? undefined;
    }
    this.#options.onMiss?.();
    let flight = this.#flights.get(text);
    if (flight === undefined) {
      const flights = this.#flights;
      flight = this.#lookUp(digest, text, actor).finally(() => flights.delete(text));
      flights.set(text, flight);
    }
    return flight;
  }

  /** Many at once: what memory does not say is asked of the database in one look-up. */
  async findMany(
    digests: readonly Buffer[],
    fresh: boolean,
    actor: string,
  ): Promise<readonly (KeyRecord | undefined)[]> {
    const trusted = !fresh && this.#options.lease.holds();
    const known = digests.map((digest) => (trusted ? this.#cache.get(digestText(digest)) : undefined));
    const missing = digests.filter((_, i) => known[i] === undefined);
    const found = missing.length === 0 ? new Map<string, KeyRecord>() : await this.#lookUpMany(missing, actor);
    return digests.map((digest, i) => {
      const record = known[i];
      return record === undefined ? found.get(digest.toString("base64")) : (record ?? undefined);
    });
  }

  forget(subject: Subject): void {
    this.#cache.forget(subject);
    this.#flights = new Map();
  }

  forgetAll(): void {
    this.#cache.clear();
    this.#flights = new Map();
  }

  async #lookUp(digest: Buffer, text: DigestText, actor: string): Promise<KeyRecord | undefined> {
    const generation = this.#cache.generation;
    const record = await this.#options.lookUps.find(digest, actor);
    this.#cache.put(text, record, generation);
    return record;
  }

  async #lookUpMany(digests: readonly Buffer[], actor: string): Promise<ReadonlyMap<string, KeyRecord>> {
    const generation = this.#cache.generation;
    const found = await this.#options.lookUps.findMany(digests, actor);
    for (const digest of digests) {
      this.#cache.put(digestText(digest), found.get(digest.toString("base64")), generation);
    }
    return found;
  }
}
