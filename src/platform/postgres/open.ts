import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";
import { createDatabase, type Database } from "./database.js";
import { migrateUp } from "./migrator.js";
import { createPool } from "./pool.js";
import { refuseStandby } from "./standby.js";
import { tellOfWaiting } from "./waiting.js";

export { DatabaseEncodingError } from "./encoding.js";
export { DatabaseInRecoveryError } from "./standby.js";

export interface OpenOptions {
  readonly poolSize: number;
  readonly logger: Logger;
}

/**
 * Opens a database and brings its schema up to date.
 *
 * @throws DatabaseInRecoveryError
 * @throws SchemaNewerError
 * @throws DatabaseEncodingError
 */
export async function openDatabase(url: string, { poolSize, logger }: OpenOptions): Promise<Kysely<Database>> {
  const migrating = openUnmigrated(url, logger);
  try {
    const { rows } = await sql<{ standby: boolean }>`select pg_is_in_recovery() as standby`.execute(migrating);
    refuseStandby({ standby: rows[0]?.standby !== false });
    const steps = await migrateUp(migrating).finally(tellOfWaiting(() => openUnmigrated(url, logger), logger));
    if (steps.length > 0) {
      logger.info({ steps }, "migrated the database");
    }
  } finally {
    await migrating.destroy();
  }
  return createDatabase(createPool(url, { max: poolSize, logger }));
}

/**
 * One connection, had once it is needed and then kept, to ask the database how it is, however busy all others are. What may wait
 * for a lock or a disk is not for it: a question behind that would find the database silent.
 */
export function openForChecks(url: string, logger: Logger): Kysely<Database> {
  return createDatabase(createPool(url, { max: 1, logger, kept: true }));
}

/** One connection to a database as it is, without limits of time, for migrations. */
export function openUnmigrated(url: string, logger: Logger): Kysely<Database> {
  return createDatabase(createPool(url, { max: 1, logger, unbounded: true }));
}
