import cluster from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import { EmbeddedPostgresError } from "@altalune/embedded-postgres";
import { type Logger, pino } from "pino";
import { type Config, readConfig } from "../app/config.js";
import { type FirstCredentials, startInstance } from "../app/instance.js";
import { nextSteps } from "../app/next-steps.js";
import { connectionsOfProcess, type ProcessConnections } from "../app/pool-budget.js";
import { openStorage, type Storage } from "../app/storage.js";
import { Supervisor } from "../app/workers/supervisor.js";
import { serveAsWorker } from "../app/workers/worker.js";
import { createLogger } from "../platform/logger.js";
import { version } from "../platform/version.js";
import { requestMessages } from "../server/call/rpc-table.js";
import { compileMeanwhile } from "../server/call/validate.js";
import { stopWish } from "./stop-wish.js";

/** How long a start that is given up may take to close its connections to a database of one's own. */
const giveUpMs = 1_000;

/** What serves: this process, or others that it has started. */
interface Serving {
  readonly url: string;
  /** Finishes what was begun and takes no more; the probes go on answering where they can. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface Started {
  readonly storage: Storage;
  readonly serving: Serving;
  /** What the start took, in milliseconds. */
  readonly took: StartTimes;
}

interface StartTimes {
  /** Until our code ran. */
  readonly code: number;
  /** Until the database was there, and migrated. */
  readonly database: number;
  readonly server: number;
}

/**
 * Runs the service until it is told to stop by SIGTERM or SIGINT: finishes the rpcs in flight, stops the embedded
 * database, and stops listening last, so that the probes answer to the end. Before it serves it just gives up. A second
 * signal stops it at once.
 *
 * @throws ConfigError, and what keeps the database or the port from being had
 */
export async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const codeAt = performance.now();
  const config = readConfig(env);
  const logger = createLogger(config.logLevel, pino.destination({ dest: 2, sync: true }), { version });
  if (cluster.isWorker) {
    await serveAsWorker(config, logger);
    return;
  }
  const stop = stopWish(env);
  const starting = start(config, logger, stop.signal, codeAt);
  const started = await Promise.race([starting, stop.came]);
  if (typeof started === "string") {
    logger.info({ signal: started }, "stopping");
    await giveUp(starting, config);
    logger.info("stopped");
    // What still waits for a database of one's own would keep the process alive.
    process.exit(0);
  }
  logger.info({ url: started.serving.url, start_ms: started.took }, "ready");
  try {
    const lost = started.storage.lost.then(() => {
      throw new EmbeddedPostgresError("the embedded database ended by itself; see postgres.log in its folder");
    });
    const signal = await Promise.race([stop.came, lost]);
    logger.info({ signal }, "stopping");
  } finally {
    // Whatever the reason: what goes on beside the calls would keep the process alive.
    await end(started);
  }
  logger.info("stopped");
}

async function start(config: Config, logger: Logger, signal: AbortSignal, codeAt: number): Promise<Started> {
  const connections = connectionsOfProcess(config.database.connections, config.workers);
  if (config.workers === 1) {
    // While the database is waited for.
    compileMeanwhile(requestMessages);
  }
  const storage = await openStorage(config.database, { logger, share: false, poolSize: connections.work, signal });
  const storageAt = performance.now();
  try {
    signal.throwIfAborted();
    const serving = await (config.workers === 1
      ? serveHere(config, storage, connections, logger)
      : serveByWorkers(config, storage, logger, signal));
    const took = { code: codeAt, database: storageAt - codeAt, server: performance.now() - storageAt };
    return { storage, serving, took: inWholeMs(took) };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function inWholeMs({ code, database, server }: StartTimes): StartTimes {
  return { code: Math.round(code), database: Math.round(database), server: Math.round(server) };
}

async function end({ storage, serving }: Started): Promise<void> {
  await serving.drain();
  await storage.close();
  await serving.close();
}

/** Waits until nothing is left of a start: above all, until the embedded server has ended. */
async function giveUp(starting: Promise<Started>, { database }: Config): Promise<void> {
  const over = starting.then(end, () => undefined);
  await (database.url === undefined ? over : Promise.race([over, sleep(giveUpMs)]));
}

async function serveHere(
  config: Config,
  storage: Storage,
  connections: ProcessConnections,
  logger: Logger,
): Promise<Serving> {
  const { db, assignment, listenUrl, masterKey } = storage;
  const { databaseUrl } = assignment;
  const announce = announceTo(config);
  return startInstance({ config, db, connections, databaseUrl, listenUrl, masterKey, logger, announce });
}

async function serveByWorkers(config: Config, storage: Storage, logger: Logger, signal: AbortSignal): Promise<Serving> {
  const { assignment } = storage;
  // The connections are the workers'.
  await storage.db.destroy();
  const supervisor = new Supervisor({ workers: config.workers, assignment, logger, announce: announceTo(config) });
  try {
    const url = await Promise.race([supervisor.start(), rejectionOf(signal)]);
    return { url, drain: () => supervisor.stop(), close: async () => {} };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** Outside the logger: this is the one place where a root key, and a link of as much worth, may be shown. */
function announceTo({ rootKey }: Config): (url: string, first: FirstCredentials) => void {
  return (url, first) => void process.stdout.write(nextSteps(url, first, rootKey !== undefined));
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}
