import cluster, { type Worker } from "node:cluster";
import type { Logger } from "pino";
import { AggregatorRegistry } from "prom-client";
import type { FirstCredentials } from "../instance.js";
import { closeWhatADeadWorkerWasGiven } from "./handed-connections.js";
import { type FromSupervisor, type FromWorker, isOurs, type WorkerAssignment } from "./messages.js";

const nothingMade: FirstCredentials = { rootKey: undefined, setupUrl: undefined };

/** A worker could not start to serve. */
export class WorkerFailedError extends Error {
  override readonly name = "WorkerFailedError";
}

export interface SupervisorOptions {
  readonly workers: number;
  readonly assignment: WorkerAssignment;
  readonly logger: Logger;
  /** Told once, when all serve, before any says that it is ready. */
  readonly announce: (url: string, first: FirstCredentials) => void;
}

const restartMs = 1_000;
/** Longer than a drain: then a worker that has not ended is ended. */
const stopTimeoutMs = 30_000;

/**
 * Runs several processes on one port, each an instance of its own. One that dies is started again; they all end when this
 * process does.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #metrics = new AggregatorRegistry();
  readonly #serving = new Set<number>();
  /** Kept until it is shown, whatever becomes of the worker that made it. */
  #first = nothingMade;
  readonly #ready = Promise.withResolvers<string>();
  #announced = false;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts the workers.
   *
   * @returns the URL that they serve at, when all of them do
   * @throws WorkerFailedError
   */
  async start(): Promise<string> {
    for (let i = 0; i < this.#options.workers; i++) {
      this.#fork();
    }
    return this.#ready.promise;
  }

  /** Has every worker finish what it began, and ends those that do not. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const workers = running();
    const ended = workers.map((worker) => new Promise<void>((resolve) => worker.once("exit", () => resolve())));
    for (const worker of workers) {
      send(worker, { kind: "stop" });
      if (!this.#serving.has(worker.id)) {
        // One that is still loading hears no message yet.
        worker.process.kill("SIGTERM");
      }
    }
    const timeout = setTimeout(() => {
      for (const worker of workers) {
        worker.process.kill("SIGKILL");
      }
    }, stopTimeoutMs);
    await Promise.all(ended);
    clearTimeout(timeout);
  }

  #fork(): void {
    const worker = cluster.fork();
    closeWhatADeadWorkerWasGiven(worker);
    worker.on("message", (message: unknown) => {
      if (isOurs(message)) {
        this.#hear(worker, message as FromWorker);
      }
    });
    // What Node itself sends to one that ends meanwhile, such as a connection, fails here; unheard, it would end them all.
    worker.on("error", (error) =>
      this.#options.logger.warn({ worker: worker.process.pid, err: error }, "a worker could not be told something"),
    );
    worker.once("exit", (code, signal) => {
      this.#serving.delete(worker.id);
      if (!this.#stopping) {
        this.#options.logger.error({ worker: worker.process.pid, code, signal }, "a worker ended; starting another");
        setTimeout(() => {
          if (!this.#stopping) {
            this.#fork();
          }
        }, restartMs);
      }
    });
  }

  #hear(worker: Worker, message: FromWorker): void {
    switch (message.kind) {
      case "started":
        send(worker, { kind: "serve", assignment: this.#options.assignment });
        return;
      case "serving":
        this.#serving.add(worker.id);
        this.#first = {
          rootKey: this.#first.rootKey ?? message.first.rootKey,
          setupUrl: this.#first.setupUrl ?? message.first.setupUrl,
        };
        this.#announceOnce(message.url, worker);
        return;
      case "failed":
        // Once all have served, a worker that cannot start is tried again until it can.
        if (!this.#announced) {
          this.#ready.reject(new WorkerFailedError(message.reason));
        }
        return;
      case "metrics":
        this.#metrics.clusterMetrics().then(
          (text) => send(worker, { kind: "metrics", id: message.id, text }),
          () => send(worker, { kind: "metrics", id: message.id, text: undefined }),
        );
        return;
      default: {
        const unreachable: never = message;
        throw new Error(`unknown message ${JSON.stringify(unreachable)}`);
      }
    }
  }

  /** Of workers that start at once one makes the first root key; it is shown when all serve. */
  #announceOnce(url: string, worker: Worker): void {
    if (this.#announced) {
      send(worker, { kind: "announced" });
      return;
    }
    if (this.#serving.size < this.#options.workers) {
      return;
    }
    this.#announced = true;
    this.#options.announce(url, this.#first);
    this.#first = nothingMade;
    for (const each of running()) {
      send(each, { kind: "announced" });
    }
    this.#ready.resolve(url);
  }
}

function running(): readonly Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker?.isDead() === false);
}

/** One that ends meanwhile hears nothing; its exit says the rest. */
function send(worker: Worker, message: FromSupervisor): void {
  if (worker.isConnected()) {
    worker.send(message, () => {});
  }
}
