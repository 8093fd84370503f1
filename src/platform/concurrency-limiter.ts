import { setTimeout as pause } from "node:timers/promises";
import { FairQueue } from "./fair-queue.js";

/** The most that may wait; one actor may fill half of it, and never the room that another would need. */
const maxQueued = 20_000;
const defaultQueueTimeoutMs = 5_000;

export interface ConcurrencyLimiterOptions {
  /** How many tasks may run at once. */
  readonly max: number;
  /** How many of them one actor may have, whether or not others wait; all unless given. */
  readonly maxPerActor?: number;
  /** How long a task may wait until it starts, in milliseconds; 5 seconds unless given. */
  readonly queueTimeoutMs?: number;
  /** How long the caller waits for a task, queue included, in milliseconds; as long as it takes unless given. */
  readonly timeoutMs?: number;
  /** How long the place of a task rests before the next that waits takes it, in milliseconds; not at all unless given. */
  readonly restMs?: number;
  /** Makes the error of a task that finds the queue full or takes longer than a timeout. */
  readonly overloaded: () => Error;
}

/**
 * Runs a number of tasks at once and queues the others, for a limited time, those of each actor in turn: an actor with many
 * waits for his own. A task whose caller has stopped waiting keeps its place until it is over.
 */
export class ConcurrencyLimiter {
  readonly #max: number;
  readonly #maxPerActor: number;
  readonly #runningOf = new Map<string, number>();
  readonly #queueTimeoutMs: number;
  readonly #timeoutMs: number | undefined;
  readonly #restMs: number;
  readonly #overloaded: () => Error;
  readonly #queue = new FairQueue<() => void>();
  #running = 0;

  constructor({
    max,
    maxPerActor = max,
    queueTimeoutMs = defaultQueueTimeoutMs,
    timeoutMs,
    restMs = 0,
    overloaded,
  }: ConcurrencyLimiterOptions) {
    this.#max = max;
    this.#maxPerActor = maxPerActor;
    this.#queueTimeoutMs = queueTimeoutMs;
    this.#timeoutMs = timeoutMs;
    this.#restMs = restMs;
    this.#overloaded = overloaded;
  }

  /**
   * @param actor for whom it is done, such as a root key; empty: for nobody in particular
   * @throws the error of `overloaded`; a task that had not started by then never starts
   */
  async run<Result>(task: () => Promise<Result>, actor = ""): Promise<Result> {
    const mayStart = this.#running < this.#max && this.#isEligible(actor);
    if (!mayStart && this.#queue.sizeOf(actor) >= maxQueued - this.#queue.size) {
      throw this.#overloaded();
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const giveUp = () => {
      this.#queue.delete(start);
      reject(this.#overloaded());
    };
    const queueTimer = setTimeout(giveUp, this.#queueTimeoutMs);
    const timer = this.#timeoutMs === undefined ? undefined : setTimeout(giveUp, this.#timeoutMs);
    const start = () => {
      clearTimeout(queueTimer);
      this.#count(actor, 1);
      task()
        .then(resolve, reject)
        .finally(async () => {
          if (this.#restMs > 0 && this.#queue.size > 0) {
            await pause(this.#restMs);
          }
          this.#count(actor, -1);
          this.#startNext();
        });
    };
    if (mayStart) {
      start();
    } else {
      this.#queue.add(actor, start);
    }
    try {
      return await promise;
    } finally {
      clearTimeout(queueTimer);
      clearTimeout(timer);
    }
  }

  /** Gives free places to the next in turn who may have one. */
  #startNext(): void {
    while (this.#running < this.#max) {
      const [, start] = this.#queue.take((actor) => this.#isEligible(actor)) ?? [];
      if (start === undefined) {
        break;
      }
      start();
    }
  }

  #isEligible(actor: string): boolean {
    return (this.#runningOf.get(actor) ?? 0) < this.#maxPerActor;
  }

  #count(actor: string, change: 1 | -1): void {
    this.#running += change;
    const running = (this.#runningOf.get(actor) ?? 0) + change;
    if (running === 0) {
      this.#runningOf.delete(actor);
    } else {
      this.#runningOf.set(actor, running);
    }
  }
}
