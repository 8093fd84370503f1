import { DatabaseBusyError } from "./errors.js";

const maxWaiting = 10_000;
const defaultTurnMs = 5_000;

export interface TurnstileOptions {
  /** How many tasks may run at once. */
  readonly max: number;
  /** How long a task may wait for its turn, in milliseconds; 5 seconds unless given. */
  readonly turnMs?: number;
  /** How long a task is waited for, its turn included, in milliseconds; as long as it takes unless given. */
  readonly taskMs?: number;
}

/**
 * Lets a number of tasks run at once and the others wait their turn, not too many and not for long. A task that is no longer
 * waited for keeps its place until it is over.
 */
export class Turnstile {
  readonly #max: number;
  readonly #turnMs: number;
  readonly #taskMs: number | undefined;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor({ max, turnMs = defaultTurnMs, taskMs }: TurnstileOptions) {
    this.#max = max;
    this.#turnMs = turnMs;
    this.#taskMs = taskMs;
  }

  /** @throws DatabaseBusyError */
  async pass<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#max && this.#waiting.size >= maxWaiting) {
      throw new DatabaseBusyError();
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const refuse = () => {
      this.#waiting.delete(enter);
      reject(new DatabaseBusyError());
    };
    const turn = setTimeout(refuse, this.#turnMs);
    const whole = this.#taskMs === undefined ? undefined : setTimeout(refuse, this.#taskMs);
    const enter = () => {
      clearTimeout(turn);
      task()
        .then(resolve, reject)
        .finally(() => this.#leave());
    };
    if (this.#running < this.#max) {
      this.#running += 1;
      enter();
    } else {
      this.#waiting.add(enter);
    }
    try {
      return await promise;
    } finally {
      clearTimeout(turn);
      clearTimeout(whole);
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
