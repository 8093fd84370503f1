import cluster from "node:cluster";
import { EmbeddedPostgresError } from "@altalune/embedded-postgres";
import { type Logger, pino } from "pino";
import { type Config, readConfig } from "../app/config.js";
import { startInstance } from "../app/instance.js";
import { nextSteps } from "../app/next-steps.js";
import { openStorage, type Storage } from "../app/storage.js";
import { Supervisor } from "../app/workers/supervisor.js";
import { serveAsWorker } from "../app/workers/worker.js";
import { createLogger } from "../platform/logger.js";

/** Ctrl-C reaches a process once from the terminal and again from npm: within this time it is the same wish. */
const sameWishMs = 2_000;

/** What serves: this process, or others that it has started. */
interface Serving {
  readonly url: string;
  /** Finishes what was begun and takes no more; the probes go on answering where they can. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs the service until it is told to stop by SIGTERM or SIGINT: finishes the rpcs in flight, stops the embedded
 * database, and stops listening last, so that the probes answer to the end. A second signal stops it at once.
 *
 * @throws ConfigError, and what keeps the database or the port from being had
 */
export async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConfig(env);
  const logger = createLogger(config.logLevel, pino.destination({ dest: 2, sync: true }));
  if (cluster.isWorker) {
    await serveAsWorker(config, logger);
    return;
  }
  const stopped = signalled();
  const storage = await openStorage(config.database, { logger, share: false });
  let serving: Serving | undefined;
  try {
    serving = await (config.workers === 1 ? serveHere : serveByWorkers)(config, storage, logger);
    logger.info({ url: serving.url }, "ready");
    const lost = storage.lost.then(() => {
      throw new EmbeddedPostgresError("the embedded database ended by itself; see postgres.log in its folder");
    });
    const signal = await Promise.race([stopped, lost]);
    logger.info({ signal }, "stopping");
  } finally {
    // Whatever the reason: what goes on beside the calls would keep the process alive.
    await serving?.drain();
    await storage.close();
    await serving?.close();
  }
  logger.info("stopped");
}

async function serveHere(config: Config, storage: Storage, logger: Logger): Promise<Serving> {
  const { db, listenUrl, masterKey } = storage;
  return startInstance({ config, db, listenUrl, masterKey, logger, announce: announceTo(config) });
}

async function serveByWorkers(config: Config, storage: Storage, logger: Logger): Promise<Serving> {
  const { assignment } = storage;
  const supervisor = new Supervisor({ workers: config.workers, assignment, logger, announce: announceTo(config) });
  try {
    const url = await supervisor.start();
    return { url, drain: () => supervisor.stop(), close: async () => {} };
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

/** Outside the logger: this is the one place where a root key may be shown. */
function announceTo({ rootKey }: Config): (url: string, firstRootKey: string | undefined) => void {
  return (url, firstRootKey) => void process.stdout.write(nextSteps(url, firstRootKey, rootKey !== undefined));
}

/** The first signal to stop. Once it came, a later one ends the process at once. */
function signalled(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let since: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (since === undefined) {
        since = performance.now();
        resolve(signal);
      } else if (performance.now() - since > sameWishMs) {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }
    });
  }
  return promise;
}
