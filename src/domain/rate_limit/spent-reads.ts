import { LRUCache } from "lru-cache";
import { coalesce } from "../../platform/coalesce.js";
import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import type { Spent } from "./limit-decision.js";
import type { LimitedKey } from "./model.js";

/** How many keys one statement reads. */
const maxKeys = 250;
/** How many actors are remembered; whoever is not begins anew. */
const maxCallers = 1_000;

/** What a limit read asks for. */
type Key = Pick<LimitedKey, "projectId" | "apiKeyId">;

export interface SpentReadsOptions {
  /** Asks the database. @returns in the order of the keys */
  readonly read: (keys: readonly Key[]) => Promise<readonly Spent[]>;
  /** Runs the statements, those of each actor in turn. */
  readonly limiter: ConcurrencyLimiter;
}

/** Reads what is spent of limits: what an actor asks for in the same turn of the event loop, such as a batch, shares statements. */
export class SpentReads {
  readonly #byActor: LRUCache<string, (key: Key) => Promise<Spent>>;

  constructor({ read, limiter }: SpentReadsOptions) {
    this.#byActor = new LRUCache({
      max: maxCallers,
      memoMethod: (actor) =>
        coalesce((keys: readonly Key[]) => limiter.run(() => read(keys), actor), {
          maxBatch: maxKeys,
          concurrency: Number.POSITIVE_INFINITY,
        }),
    });
  }

  async read(key: Key, actor: string): Promise<Spent> {
    return this.#byActor.memo(actor)(key);
  }
}
