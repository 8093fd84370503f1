import { type EmbeddedPostgres, resolveDataDir, startEmbeddedPostgres } from "@altalune/embedded-postgres";
import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";
import { MasterKey } from "../platform/master-key.js";
import type { Database } from "../platform/postgres/database.js";
import { openDatabase, openUnmigrated } from "../platform/postgres/open.js";
import type { DatabaseConfig } from "./config.js";
import { ownMasterKey } from "./master-key-file.js";
import type { WorkerAssignment } from "./workers/messages.js";

/** The database, migrated, and the master key that belongs to it. */
export interface Storage {
  readonly db: Kysely<Database>;
  /** Where to listen for changes. */
  readonly listenUrl: string;
  readonly masterKey: MasterKey;
  /** The same, for other processes that serve. */
  readonly assignment: WorkerAssignment;
  /** The embedded server's unexpected end; never settles without one. */
  readonly lost: Promise<void>;
  /** Closes the connections, and then stops the embedded server if this process owns it. */
  close(): Promise<void>;
}

export interface StorageOptions {
  readonly logger: Logger;
  /** For a command beside a running service: joins its embedded server instead of owning one. */
  readonly share: boolean;
  /** How many connections its pool has. */
  readonly poolSize: number;
  /** Gives up opening it: that rejects, and an embedded server that was started has ended by then. */
  readonly signal?: AbortSignal;
}

/** DATABASE_URL leads to no database that takes our connection. */
export class DatabaseUnusableError extends Error {
  override readonly name = "DatabaseUnusableError";

  constructor(cause: unknown) {
    // Of the attempts at several addresses of one host, Node's error has a code and no message.
    const { message, code } = cause as NodeJS.ErrnoException;
    super(`the database of DATABASE_URL cannot be used: ${message || code}`, { cause });
  }
}

/**
 * Opens the database of DATABASE_URL, or starts the embedded one.
 *
 * @throws DatabaseUnusableError
 */
export async function openStorage(config: DatabaseConfig, options: StorageOptions): Promise<Storage> {
  const { url } = config;
  return url === undefined ? openEmbedded(config, options) : openOwn({ ...config, url }, options);
}

async function openOwn(config: DatabaseConfig & { readonly url: string }, options: StorageOptions): Promise<Storage> {
  const { url, masterKey } = config;
  const { logger, poolSize } = options;
  if (masterKey === undefined) {
    throw new Error("a database of one's own needs a master key");
  }
  await requireConnection(url, logger);
  const db = await openDatabase(url, { poolSize, logger });
  return { ...withKeys(config, url, masterKey), db, lost: never(), close: () => db.destroy() };
}

async function openEmbedded(
  config: DatabaseConfig,
  { logger, share, poolSize, signal }: StorageOptions,
): Promise<Storage> {
  const dataDir = await resolveDataDir(config.dataDir, process.cwd(), logger);
  const server = await startEmbeddedPostgres({ dataDir, logger, share, signal });
  // What waits for the database fails with it.
  const giveUp = () => void server.stop().catch(() => undefined);
  signal?.addEventListener("abort", giveUp);
  try {
    signal?.throwIfAborted();
    const db = await openDatabase(server.url, { poolSize, logger });
    const masterKey =
      config.masterKey ??
      (await ownMasterKey(db, dataDir).catch(async (error: unknown) => {
        await db.destroy();
        throw error;
      }));
    const opened = withKeys(config, server.url, masterKey);
    return { ...opened, db, lost: unexpectedEnd(server), close: () => closeEmbedded(db, server) };
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/** What serves a database needs of it, in this process and for others. */
function withKeys({ listenUrl, previousMasterKey }: DatabaseConfig, databaseUrl: string, masterKey: Buffer) {
  const assignment = {
    databaseUrl,
    listenUrl: listenUrl ?? databaseUrl,
    masterKey: masterKey.toString("base64"),
    previousMasterKey: previousMasterKey?.toString("base64"),
  };
  return { assignment, listenUrl: assignment.listenUrl, masterKey: new MasterKey(masterKey, previousMasterKey) };
}

/** A database as it is, for its schema to be changed by hand. */
export interface Migrating {
  readonly db: Kysely<Database>;
  close(): Promise<void>;
}

/**
 * Opens the database of DATABASE_URL, or joins or starts the embedded one, and leaves its schema alone.
 *
 * @throws DatabaseUnusableError
 */
export async function openForMigration(config: DatabaseConfig, logger: Logger): Promise<Migrating> {
  if (config.url !== undefined) {
    await requireConnection(config.url, logger);
    const db = openUnmigrated(config.url, logger);
    return { db, close: () => db.destroy() };
  }
  const dataDir = await resolveDataDir(config.dataDir, process.cwd(), logger);
  const server = await startEmbeddedPostgres({ dataDir, logger, share: true });
  const db = openUnmigrated(server.url, logger);
  return { db, close: () => closeEmbedded(db, server) };
}

/** What the driver throws while it connects has no class of its own, so that is tried apart from the rest. */
async function requireConnection(url: string, logger: Logger): Promise<void> {
  const db = openUnmigrated(url, logger);
  try {
    await sql`select 1`.execute(db);
  } catch (error) {
    throw new DatabaseUnusableError(error);
  } finally {
    await db.destroy();
  }
}

async function closeEmbedded(db: Kysely<Database>, server: EmbeddedPostgres): Promise<void> {
  try {
    await db.destroy();
  } finally {
    await server.stop();
  }
}

async function unexpectedEnd(server: EmbeddedPostgres): Promise<void> {
  const { expected } = await server.exited;
  return expected ? never() : undefined;
}

function never(): Promise<never> {
  return new Promise(() => {});
}
