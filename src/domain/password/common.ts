import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/** Longer texts take long to estimate; what is common shows at the beginning. */
const estimated = 32;
/** The score, from 0 to 4, of what is guessed within 10⁶ tries. */
const common = 1;
/** After how long without a question the thread ends, and gives back its memory, in milliseconds. */
const idleMs = 60_000;
/** Beside this file, as it is here: compiled, in a bundle, or neither. */
const estimatorFile = new URL(`./estimator${extname(import.meta.url)}`, import.meta.url);

interface Estimate {
  readonly id: number;
  readonly score: number;
}

type Waiting = Pick<PromiseWithResolvers<number>, "resolve" | "reject">;

/** Estimates passwords beside the event loop, on a thread that is there while it is needed. */
class Estimator {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  async scoreOf(password: string, words: readonly string[]): Promise<number> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, { resolve, reject });
    this.#worker.postMessage({ id: this.#lastId, password, words });
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(estimatorFile, {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    worker.unref();
    worker.on("message", ({ id, score }: Estimate) => {
      this.#waiting.get(id)?.resolve(score);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) {
        this.#idle = setTimeout(() => this.#end(), idleMs).unref();
      }
    });
    worker.on("error", (error) => this.#lost(worker, error));
    worker.on("exit", () => this.#lost(worker, new Error("the thread that estimates passwords has ended")));
    return worker;
  }

  #end(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }

  /** The next question starts another. */
  #lost(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) {
      return;
    }
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) {
      reject(error);
    }
    this.#waiting.clear();
  }
}

const estimator = new Estimator();

/**
 * Whether a password is among those that are tried first.
 *
 * @param words what of the user's own is easily guessed, such as the username
 */
export async function isCommon(password: string, words: readonly string[]): Promise<boolean> {
  return (await estimator.scoreOf(password.slice(0, estimated), words)) <= common;
}
