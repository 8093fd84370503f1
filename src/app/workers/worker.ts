import cluster from "node:cluster";
import type { Logger } from "pino";
import { AggregatorRegistry, Registry } from "prom-client";
import { MasterKey } from "../../platform/master-key.js";
import { createDatabase } from "../../platform/postgres/database.js";
import { createPool } from "../../platform/postgres/pool.js";
import { requestMessages } from "../../server/call/rpc-table.js";
import { compileMeanwhile } from "../../server/call/validate.js";
import type { Config } from "../config.js";
import { startInstance } from "../instance.js";
import { connectionsOfProcess } from "../pool-budget.js";
import { type FromSupervisor, type FromWorker, isOurs, type WorkerAssignment } from "./messages.js";

/** Serves as one of several processes on a port, until the supervisor says to stop or is gone. */
export async function serveAsWorker(config: Config, logger: Logger): Promise<void> {
  const supervisor = new SupervisorChannel();
  supervisor.send({ kind: "started" });
  // While the supervisor gets the database ready, as the service does that has no workers.
  compileMeanwhile(requestMessages);
  try {
    const told = await supervisor.next("serve");
    if (told !== undefined) {
      await serveAssignment(config, told.assignment, supervisor, logger);
    }
  } catch (error) {
    supervisor.send({ kind: "failed", reason: error instanceof Error ? error.message : "unknown" });
  } finally {
    cluster.worker?.disconnect();
  }
}

async function serveAssignment(
  config: Config,
  assignment: WorkerAssignment,
  supervisor: SupervisorChannel,
  logger: Logger,
): Promise<void> {
  const { databaseUrl, listenUrl, masterKey, previousMasterKey } = assignment;
  const connections = connectionsOfProcess(config.database.connections, config.workers);
  const db = createDatabase(createPool(databaseUrl, { max: connections.work, logger }));
  const metrics = new Registry();
  AggregatorRegistry.setRegistries([metrics]);
  // Made for its listener, which answers the supervisor's question for this process's metrics.
  new AggregatorRegistry();
  try {
    const starting = startInstance({
      config,
      db,
      connections,
      databaseUrl,
      listenUrl,
      masterKey: new MasterKey(
        Buffer.from(masterKey, "base64"),
        previousMasterKey === undefined ? undefined : Buffer.from(previousMasterKey, "base64"),
      ),
      logger,
      metrics: { registry: metrics, expose: () => supervisor.metrics() },
      announce: async (url, first) => {
        supervisor.send({ kind: "serving", url, first });
        await supervisor.next("announced");
      },
    });
    const instance = await Promise.race([starting, supervisor.stopped]);
    if (instance === undefined) {
      // What the start waits for, a lock perhaps, would keep the process alive.
      process.exit(0);
    }
    await supervisor.stopped;
    await instance.drain();
    await instance.close();
  } finally {
    await db.destroy();
  }
}

/** What goes to and fro between a worker and its supervisor. */
class SupervisorChannel {
  /** Settles when the worker shall stop: it is told so, or its supervisor is gone. */
  readonly stopped: Promise<void>;
  readonly #waiting = new Map<string, (message: FromSupervisor) => void>();
  readonly #questions = new Map<number, (text: string | undefined) => void>();
  #asked = 0;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    process.on("disconnect", resolve);
    // The terminal's signals reach the workers too; the supervisor's word comes as well, and means the same.
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
    process.on("message", (message: unknown) => {
      if (isOurs(message)) {
        this.#hear(message as FromSupervisor, resolve);
      }
    });
  }

  /** A supervisor that has ended hears nothing; this process then ends by itself. */
  send(message: FromWorker): void {
    if (process.connected) {
      process.send?.(message, undefined, undefined, () => {});
    }
  }

  /** The next message of a kind; undefined: none, as the worker shall stop. */
  async next<Kind extends FromSupervisor["kind"]>(
    kind: Kind,
  ): Promise<Extract<FromSupervisor, { kind: Kind }> | undefined> {
    return new Promise((resolve) => {
      this.#waiting.set(kind, (message) => resolve(message as Extract<FromSupervisor, { kind: Kind }>));
      this.stopped.then(() => resolve(undefined));
    });
  }

  /** The metrics of all workers, added up; undefined: one of them did not answer in time. */
  async metrics(): Promise<string | undefined> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      this.send({ kind: "metrics", id });
    });
  }

  #hear(message: FromSupervisor, stop: () => void): void {
    if (message.kind === "stop") {
      stop();
    } else if (message.kind === "metrics") {
      this.#questions.get(message.id)?.(message.text);
      this.#questions.delete(message.id);
    } else {
      this.#waiting.get(message.kind)?.(message);
    }
  }
}
