import { DatabaseBusyError } from "../../domain/overload/errors.js";
import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import { maxCallMs } from "../http/limits.js";

/** How many walk along trails at once in one process, whoever asks. */
const maxWalks = 2;

/** The walks of one actor, under way or waiting. */
interface WalksOfActor {
  readonly limiter: ConcurrencyLimiter;
  calls: number;
}

/**
 * Lets calls walk along trails, seconds of hashing each: one at a time of each actor, two at once of all, those of each
 * actor in turn. The others wait for as long as their calls do, and hold no connection meanwhile; where reports have several,
 * one of these stays for listings.
 */
export class Walks {
  readonly #reports: ConcurrencyLimiter;
  readonly #all: ConcurrencyLimiter;
  readonly #ofActor = new Map<string, WalksOfActor>();

  /**
   * @param reports through which a walk has its connection
   * @param connections how many `reports` lets through at once
   */
  constructor(reports: ConcurrencyLimiter, connections: number) {
    this.#reports = reports;
    this.#all = limiter(Math.max(1, Math.min(maxWalks, connections - 1)));
  }

  /** @param signal of the call: ends its wait; what walks by then ends by itself */
  async run<Result>(walk: () => Promise<Result>, actor: string, signal: AbortSignal): Promise<Result> {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([ended, this.#inTurn(walk, actor, signal)]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** A call that has ended keeps its place, and leaves it at once when its turn comes. */
  async #inTurn<Result>(walk: () => Promise<Result>, actor: string, signal: AbortSignal): Promise<Result> {
    const own = this.#ofActor.get(actor) ?? { limiter: limiter(1), calls: 0 };
    this.#ofActor.set(actor, own);
    own.calls += 1;
    const unlessEnded = async (): Promise<Result> => {
      signal.throwIfAborted();
      return this.#reports.run(walk, actor);
    };
    try {
      return await own.limiter.run(() => this.#all.run(unlessEnded, actor));
    } finally {
      own.calls -= 1;
      if (own.calls === 0) {
        this.#ofActor.delete(actor);
      }
    }
  }
}

function limiter(max: number): ConcurrencyLimiter {
  return new ConcurrencyLimiter({ max, queueTimeoutMs: maxCallMs, overloaded: () => new DatabaseBusyError() });
}
