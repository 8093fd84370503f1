import { setTimeout as sleep } from "node:timers/promises";
import { type Logger, pino } from "pino";
import { readConfig } from "../app/config.js";
import { createServices, type Services } from "../app/context.js";
import { fromFiles } from "../app/file-variables.js";
import { openStorage, type Storage } from "../app/storage.js";
import { createLogger } from "../platform/logger.js";

/**
 * Runs a command on the database of the environment, beside a service that may be running on it.
 *
 * @param signal gives up opening it
 */
export async function withStorage(run: (storage: Storage) => Promise<void>, signal?: AbortSignal): Promise<void> {
  const config = readConfig(process.env);
  const storage = await openStorage(config.database, { logger: commandLogger(), share: true, poolSize: 2, signal });
  try {
    await run(storage);
  } finally {
    await storage.close();
  }
}

/** @param signal gives up opening the database */
export async function withServices(run: (services: Services) => Promise<void>, signal?: AbortSignal): Promise<void> {
  await withStorage(async ({ db, masterKey }) => {
    await run(await createServices({ db, masterKey, environmentKey: undefined }));
  }, signal);
}

/** How long a command tries to listen before it does without, and how long it counts as a server if it is killed. */
const listeningMs = 2_000;

/** The same for what narrows access: servers confirm it to a command that listens, so that it is in force at the end. */
export async function withConfirmingServices(run: (services: Services) => Promise<void>): Promise<void> {
  await withStorage(async ({ db, masterKey, listenUrl }) => {
    const listen = { url: listenUrl, leaseMs: listeningMs, logger: commandLogger() };
    const services = await createServices({ db, masterKey, environmentKey: undefined, listen });
    const { link } = services;
    link?.start();
    try {
      for (let waited = 0; link?.isListening === false && waited < listeningMs; waited += 10) {
        await sleep(10);
      }
      await run(services);
    } finally {
      await link?.stop();
    }
  });
}

/** A command is quieter than a service, unless LOG_LEVEL, checked by then, says otherwise. */
export function commandLogger(): Logger {
  return createLogger(
    fromFiles(process.env, ["LOG_LEVEL"]).given["LOG_LEVEL"] ?? "warn",
    pino.destination({ dest: 2, sync: true }),
  );
}
