import { LRUCache } from "lru-cache";
import { coalesce } from "../../platform/coalesce.js";
import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { DatabaseBusyError } from "../overload/errors.js";
import { lookUpMs } from "./look-ups.js";
import type { KeyRecord } from "./model.js";

export interface GatheredLookUpsOptions {
  /** Asks the database. */
  readonly one: (digest: Buffer) => Promise<KeyRecord | undefined>;
  /** Asks it for many at once. @returns by digest, in base64 */
  readonly many: (digests: readonly Buffer[]) => Promise<ReadonlyMap<string, KeyRecord>>;
  /** Runs the statements, some at once. */
  readonly limiter: ConcurrencyLimiter;
}

/** How many digests are asked for at once. */
const maxTogether = 100;
/** How many statements an actor has under way; what comes meanwhile goes together in the next. */
const statementsAtOnce = 2;
/** One that takes longer, in milliseconds, such as on a connection that is dead, is not waited for by those who come after it. */
const slowMs = 100;
/** Of so many actors it is known what is under way; of those that were not heard of for long, all begins anew. */
const maxActors = 1_000;
/** How many may wait; one actor may fill half of it. */
const maxWaiting = 20_000;

interface Actor {
  readonly find: (digest: Buffer) => Promise<KeyRecord | undefined>;
  /** How many callers wait. */
  waiting: number;
}

/**
 * Finds records in the database. A lone digest is asked for at once; under load an actor's go together, so that a crowd of keys
 * that nobody remembers costs few statements.
 */
export class GatheredLookUps {
  readonly #options: GatheredLookUpsOptions;
  readonly #actors: LRUCache<string, Actor>;
  /** Callers of all actors. */
  #waiting = 0;

  constructor(options: GatheredLookUpsOptions) {
    this.#options = options;
    this.#actors = new LRUCache({ max: maxActors, memoMethod: (actor) => this.#newActor(actor) });
  }

  /**
   * @param actor who waits for it: actors are served in turn
   * @throws DatabaseBusyError
   */
  async find(digest: Buffer, actor: string): Promise<KeyRecord | undefined> {
    const own = this.#actors.memo(actor);
    if (own.waiting >= maxWaiting / 2 || this.#waiting >= maxWaiting) {
      throw new DatabaseBusyError();
    }
    this.#count(own, 1);
    try {
      return await own.find(digest);
    } finally {
      this.#count(own, -1);
    }
  }

  /** @returns by digest, in base64 */
  findMany(digests: readonly Buffer[], actor: string): Promise<ReadonlyMap<string, KeyRecord>> {
    return this.#options.limiter.run(() => this.#options.many(digests), actor);
  }

  #newActor(name: string): Actor {
    const find = coalesce<Buffer, KeyRecord | undefined>((digests) => this.#ask(digests, name), {
      maxBatch: maxTogether,
      concurrency: statementsAtOnce,
      slowMs,
      patience: { ms: lookUpMs, late: () => new DatabaseBusyError() },
    });
    return { find, waiting: 0 };
  }

  async #ask(digests: readonly Buffer[], actor: string): Promise<readonly (KeyRecord | undefined)[]> {
    const [first] = digests;
    if (first !== undefined && digests.length === 1) {
      return [await this.#options.limiter.run(() => this.#options.one(first), actor)];
    }
    const records = await this.findMany(digests, actor);
    return digests.map((digest) => records.get(digest.toString("base64")));
  }

  #count(actor: Actor, change: 1 | -1): void {
    actor.waiting += change;
    this.#waiting += change;
  }
}
