import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/** After how long without a question a thread ends, and gives back its memory, in milliseconds. */
const idleMs = 60_000;
const maxHeapMb = 256;
const startFile = besideOf(import.meta.url, "side-thread-start");

interface Reply<Answer> {
  readonly id: number;
  readonly answer?: Answer;
  readonly failure?: unknown;
}

/**
 * Computes beside the event loop, and after it: where cores are few, whatever else wants them goes first (on Linux). The thread is there
 * while it is needed. It answers one question after another.
 */
export class SideThread<Question, Answer> {
  readonly #file: URL;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** @param file a module with no imports of ours, for it is loaded as it is. Its export `answer` is given the questions */
  constructor(file: URL) {
    this.#file = file;
  }

  async ask(question: Question): Promise<Answer> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const waiting = Promise.withResolvers<Answer>();
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    this.#worker.postMessage({ id: this.#lastId, question });
    return waiting.promise;
  }

  #start(): Worker {
    const worker = new Worker(startFile, {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
      workerData: this.#file.href,
    });
    worker.unref();
    worker.on("message", (reply: Reply<Answer>) => this.#take(reply));
    worker.on("error", (error) => this.#lost(worker, error));
    worker.on("exit", () => this.#lost(worker, new Error(`the thread of ${this.#file.href} has ended`)));
    return worker;
  }

  #take({ id, ...reply }: Reply<Answer>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if ("failure" in reply) {
      waiting?.reject(reply.failure);
    } else {
      waiting?.resolve(reply.answer as Answer);
    }
    if (this.#waiting.size === 0) {
      this.#idle = setTimeout(() => this.#end(), idleMs).unref();
    }
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

/** A module beside another, as that one is here: compiled, in a bundle, or neither. */
export function besideOf(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${extname(moduleUrl)}`, moduleUrl);
}
