import { LRUCache } from "lru-cache";
import { coalesce } from "../../platform/coalesce.js";
import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { within } from "../../platform/timeout.js";
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
/** Of so many actors it is known what is under way; of those that were not heard of for long, all begins anew. */
const maxActors = 1_000;

type Find = (digest: Buffer) => Promise<KeyRecord | undefined>;

/**
 * Finds records in the database. A lone digest is asked for at once; under load an actor's go together, so that a crowd of keys
 * that nobody remembers costs few statements.
 */
export class GatheredLookUps {
  readonly #options: GatheredLookUpsOptions;
  readonly #ofActors = new LRUCache<string, Find>({ max: maxActors });

  constructor(options: GatheredLookUpsOptions) {
    this.#options = options;
  }

  /**
   * @param actor who waits for it: actors are served in turn
   * @throws DatabaseBusyError
   */
  find(digest: Buffer, actor: string): Promise<KeyRecord | undefined> {
    let find = this.#ofActors.get(actor);
    if (find === undefined) {
      find = this.#gather(actor);
      this.#ofActors.set(actor, find);
    }
    return within(find(digest), lookUpMs, () => new DatabaseBusyError());
  }

  /** @returns by digest, in base64 */
  findMany(digests: readonly Buffer[], actor: string): Promise<ReadonlyMap<string, KeyRecord>> {
    return this.#options.limiter.run(() => this.#options.many(digests), actor);
  }

  #gather(actor: string): Find {
    const { one, many, limiter } = this.#options;
    return coalesce<Buffer, KeyRecord | undefined>(
      async (digests) => {
        const [first] = digests;
        if (first !== undefined && digests.length === 1) {
          return [await limiter.run(() => one(first), actor)];
        }
        const records = await limiter.run(() => many(digests), actor);
        return digests.map((digest) => records.get(digest.toString("base64")));
      },
      { maxBatch: maxTogether, concurrency: statementsAtOnce },
    );
  }
}
