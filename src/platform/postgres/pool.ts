import type { Socket } from "node:net";
import { type Client, type ClientBase, Pool } from "pg";
import type { Logger } from "pino";
import { clientOf } from "./client.js";
import { columnTypes } from "./column-types.js";
import { keepPrepared } from "./prepared.js";
import { liftTimeouts, prepareSession } from "./session.js";
import { refuseStandby } from "./standby.js";

export interface PoolOptions {
  /** The most connections at once. */
  readonly max: number;
  readonly logger: Logger;
  /** How the connections are named in pg_stat_activity. */
  readonly applicationName?: string;
  /** Whether a connection is kept that nobody has needed for a while. */
  readonly kept?: boolean;
  /** How long a connection is waited for, in milliseconds; 5 seconds unless given. */
  readonly waitMs?: number;
  /** Whether values come as the driver itself reads them, for a library that expects that. */
  readonly plainTypes?: boolean;
  /** Lifts the limits of time that guard the online path, for migrations. */
  readonly unbounded?: boolean;
}

/**
 * A connection that has been silent for so long, in milliseconds, is dead: the server ends a statement before, and the pool
 * an idle connection. Without this, calls would wait on it until TCP gives up, which takes a quarter of an hour.
 */
const deadMs = 40_000;

/**
 * A pool on the URL's database, which is read as libpq reads it. int8 columns read as bigint.
 *
 * @throws ConnectionUrlError
 */
export function createPool(url: string, options: PoolOptions): Pool {
  const pool = new Pool({
    Client: clientOf(url),
    max: options.max,
    application_name: options.applicationName ?? "altalune",
    connectionTimeoutMillis: options.waitMs ?? 5_000,
    keepAlive: true,
    ...(options.kept ? { idleTimeoutMillis: 0 } : {}),
    ...(options.unbounded
      ? { onConnect: prepareUnbounded }
      : { statement_timeout: 30_000, lock_timeout: 10_000, onConnect: prepareOnline }),
    idle_in_transaction_session_timeout: 60_000,
    ...(options.plainTypes ? {} : { types: columnTypes }),
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on("error", (error) => options.logger.warn({ err: error }, "an idle database connection was lost"));
  // The pool listens to a connection only while it is idle. One that breaks in use fails its statement too, which is where
  // it is heard; but its event, without a listener, would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * After a failover, the way to the database may lead to a standby for a while: what it knows may be old, and is not to be
 * answered with.
 */
async function prepareOnline(client: ClientBase): Promise<void> {
  const { stream } = (client as Client).connection;
  (stream as Socket).setTimeout(deadMs, () =>
    stream.destroy(new Error("Connection terminated: no answer for too long")),
  );
  const session = await prepareSession(client);
  refuseStandby(session);
  if (!session.pooled) {
    keepPrepared(client);
  }
}

async function prepareUnbounded(client: ClientBase): Promise<void> {
  await liftTimeouts(client, await prepareSession(client));
}
