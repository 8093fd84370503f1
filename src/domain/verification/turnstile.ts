import { DatabaseBusyError } from "./errors.js";

const maxWaiting = 10_000;
const patienceMs = 5_000;

/**
 * Lets a number of tasks run at once and the others wait their turn, not too many and not for long. A task that takes too
 * long is not waited for, but keeps its place until it is over.
 */
export class Turnstile {
  readonly #max: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws DatabaseBusyError */
  async pass<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#max && this.#waiting.size >= maxWaiting) {
      throw new DatabaseBusyError();
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const enter = () => {
      task()
        .then(resolve, reject)
        .finally(() => this.#leave());
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(enter);
      reject(new DatabaseBusyError());
    }, patienceMs);
    if (this.#running < this.#max) {
      this.#running += 1;
      enter();
    } else {
      this.#waiting.add(enter);
    }
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whoever leaves hands its place to the first who waits. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
    } else {
      this.#waiting.delete(next);
      next();
    }
  }
}
