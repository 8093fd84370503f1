import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { connect, type Endpoint } from "./connect.js";
import { errorCode } from "./error-code.js";
import type { ServerLogger } from "./interface.js";

/** "altalune" in ASCII. Session-level: Postgres lets go of it when the owner dies, however it dies. */
const ownerLock = 0x616c74616c756e65n;

/** A killed owner's session ends when Postgres notices the closed socket, moments later; a command that has the server to itself ends, too. */
const timeoutMs = 10_000;

/**
 * The server has just answered. Whoever gives it up stops it, and another may own it by then: so not because the machine
 * is busy.
 */
const connectTimeoutMs = 30_000;

export interface Ownership {
  /** The server is about to end, or has: the lock goes with it, and is not taken again. */
  expectLoss(): void;
}

/**
 * Takes the lock that makes this process the server's only owner, on a connection of its own, and takes it again should
 * that connection be lost while the server lives.
 *
 * @returns undefined when another process owns the server
 * @throws what the connection throws, when the server went away meanwhile
 */
export async function claimOwnership(
  endpoint: Endpoint,
  logger: ServerLogger | undefined,
  signal: AbortSignal | undefined,
): Promise<Ownership | undefined> {
  const deadline = performance.now() + timeoutMs;
  let client = await lockingClient(endpoint);
  while (!client) {
    if (performance.now() > deadline) {
      return undefined;
    }
    await sleep(50, undefined, { signal });
    client = await lockingClient(endpoint);
  }
  return keep(client, endpoint, logger);
}

/** A connection that holds the lock; undefined while another one does. */
async function lockingClient(endpoint: Endpoint): Promise<Client | undefined> {
  let client: Client;
  try {
    client = await connect(endpoint, { timeoutMs: connectTimeoutMs });
  } catch (error) {
    // A server with no connection left serves somebody.
    if (errorCode(error) === "53300") {
      return undefined;
    }
    throw error;
  }
  try {
    const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1::bigint) as taken", [
      String(ownerLock),
    ]);
    if (rows[0]?.taken) {
      return client;
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  await client.end();
  return undefined;
}

function keep(first: Client, endpoint: Endpoint, logger: ServerLogger | undefined): Ownership {
  let retry: NodeJS.Timeout | undefined;
  let lossExpected = false;

  const watch = (held: Client) => {
    held.unref();
    held.once("end", () => {
      if (!lossExpected) {
        logger?.warn({}, "The connection that holds the embedded Postgres was lost: taking it again.");
        schedule();
      }
    });
  };
  const schedule = () => {
    retry = setTimeout(reclaim, 250).unref();
  };
  const reclaim = async () => {
    // Without a server there is nothing to own; its end is reported elsewhere, and the next start claims anew.
    const held = await lockingClient(endpoint).catch(() => undefined);
    if (lossExpected) {
      await held?.end();
    } else if (held) {
      watch(held);
    } else {
      schedule();
    }
  };
  watch(first);

  return {
    expectLoss: () => {
      lossExpected = true;
      clearTimeout(retry);
    },
  };
}
