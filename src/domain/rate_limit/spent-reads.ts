import type { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import type { Spent } from "./limit-decision.js";
import type { LimitedKey } from "./model.js";

/** How many keys one statement reads. */
const maxKeys = 250;

/** What a limit read asks for. */
type Key = Pick<LimitedKey, "projectId" | "apiKeyId">;

interface Reading {
  readonly key: Key;
  readonly resolve: (spent: Spent) => void;
  readonly reject: (error: unknown) => void;
}

export interface SpentReadsOptions {
  /** Asks the database. @returns in the order of the keys */
  readonly read: (keys: readonly Key[]) => Promise<readonly Spent[]>;
  /** Runs the statements, those of each caller in turn. */
  readonly limiter: ConcurrencyLimiter;
}

/** Reads what is spent of limits: what a caller asks for in the same turn of the event loop, such as a batch, shares statements. */
export class SpentReads {
  readonly #options: SpentReadsOptions;
  readonly #byCaller = new Map<string, Reading[]>();

  constructor(options: SpentReadsOptions) {
    this.#options = options;
  }

  async read(key: Key, caller: string): Promise<Spent> {
    return new Promise((resolve, reject) => {
      const reading = { key, resolve, reject };
      const gathered = this.#byCaller.get(caller);
      if (gathered !== undefined) {
        gathered.push(reading);
        return;
      }
      this.#byCaller.set(caller, [reading]);
      setImmediate(() => this.#send(caller));
    });
  }

  #send(caller: string): void {
    const readings = this.#byCaller.get(caller) ?? [];
    this.#byCaller.delete(caller);
    for (let start = 0; start < readings.length; start += maxKeys) {
      void this.#run(readings.slice(start, start + maxKeys), caller);
    }
  }

  async #run(readings: readonly Reading[], caller: string): Promise<void> {
    const { read, limiter } = this.#options;
    try {
      const spent = await limiter.run(() => read(readings.map(({ key }) => key)), caller);
      for (const [i, { resolve, reject }] of readings.entries()) {
        const of = spent[i];
        if (of === undefined) {
          reject(new Error("a reading of limits left one out"));
        } else {
          resolve(of);
        }
      }
    } catch (error) {
      for (const { reject } of readings) {
        reject(error);
      }
    }
  }
}
