import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { connect, type Endpoint } from "./connect.js";
import { errorCode } from "./error-code.js";
import type { ServerLogger } from "./interface.js";

/** "altalune" in ASCII. Session-level: Postgres lets go of it when the owner dies, however it dies. */
const ownerLock = 0x616c74616c756e65n;
/** "altalunv" in ASCII. A service holds it too, or waits with it for a command that owns the server: such an owner ends by itself. */
const serviceLock = 0x616c74616c756e76n;

/**
 * How long whoever is in the way is waited for. A killed service's session ends when Postgres notices the closed socket, moments later;
 * a command takes as long as what it does.
 */
const patienceMs = { service: 3000, command: 30_000 } as const;
type Rival = keyof typeof patienceMs;

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
 * @param isService whether it keeps the server for as long as it runs, as a command does not
 * @returns undefined when another process owns the server
 * @throws what the connection throws, when the server went away meanwhile
 */
export async function claimOwnership(
  endpoint: Endpoint,
  isService: boolean,
  logger: ServerLogger | undefined,
  signal: AbortSignal | undefined,
): Promise<Ownership | undefined> {
  const since = performance.now();
  let client: Client | undefined;
  try {
    for (;;) {
      client ??= await connectUnlessFull(endpoint);
      // A server with no connection left serves somebody.
      const rival = client === undefined ? "service" : await rivalOf(client, isService);
      if (client !== undefined && rival === undefined) {
        return keep(client, endpoint, isService, logger);
      }
      if (performance.now() - since > patienceMs[rival ?? "service"]) {
        await client?.end();
        return undefined;
      }
      await sleep(50, undefined, { signal });
    }
  } catch (error) {
    await client?.end().catch(() => undefined);
    throw error;
  }
}

async function connectUnlessFull(endpoint: Endpoint): Promise<Client | undefined> {
  try {
    return await connect(endpoint, { timeoutMs: connectTimeoutMs });
  } catch (error) {
    if (errorCode(error) === "53300") {
      return undefined;
    }
    throw error;
  }
}

/** Who keeps a connection from owning the server; undefined: it owns it from now on. Commands do not look who is in their way. */
async function rivalOf(client: Client, isService: boolean): Promise<Rival | undefined> {
  if (isService && !(await hasLocked(client, serviceLock))) {
    return "service";
  }
  if (await hasLocked(client, ownerLock)) {
    return undefined;
  }
  return isService ? "command" : "service";
}

async function hasLocked(client: Client, lock: bigint): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1::bigint) as taken", [
    String(lock),
  ]);
  return rows[0]?.taken === true;
}

function keep(first: Client, endpoint: Endpoint, isService: boolean, logger: ServerLogger | undefined): Ownership {
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
    const held = await connectUnlessFull(endpoint).catch(() => undefined);
    const isOwner = held !== undefined && (await rivalOf(held, isService).catch(() => "service")) === undefined;
    if (isOwner && !lossExpected) {
      watch(held);
      return;
    }
    await held?.end();
    if (!lossExpected) {
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
