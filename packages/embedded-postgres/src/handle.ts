import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./connect.js";
import { untilGuestsLeft } from "./guests.js";
import type { EmbeddedPostgres, PostgresExit, ServerLogger } from "./interface.js";
import type { Launched } from "./launch.js";
import type { Layout } from "./layout.js";
import type { Ownership } from "./ownership.js";
import { processState } from "./process-state.js";
import { stopPostmaster } from "./stop-postmaster.js";

/** A server that takes connections. */
export interface Serving {
  readonly pid: number;
  readonly endpoint: Endpoint;
  readonly url: string;
  readonly adopted: boolean;
  readonly layout: Layout;
  readonly logger: ServerLogger | undefined;
}

const pollMs = 200;

/**
 * What the owner holds.
 *
 * @param ended of the child process, if we started it
 * @param hospitable whether to let guests finish before the server stops
 */
export function ownerHandle(
  { pid, endpoint, url, adopted, layout, logger }: Serving,
  ownership: Ownership,
  ended: Launched["ended"] | undefined,
  hospitable: boolean,
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const exited = (ended ?? endOfForeign(pid, layout)).then((how): PostgresExit => {
    const expected = stopping !== undefined;
    ownership.expectLoss();
    if (!expected) {
      logger?.error({ pid, ...how }, "The embedded Postgres ended on its own.");
    }
    return { expected, ...how };
  });
  const end = async () => {
    // What tells of the end keeps no process alive by itself; whoever stops the server wants to see it end.
    const awake = setInterval(() => undefined, pollMs);
    try {
      if (hospitable) {
        // As good as it gets: a server that is gone has no guests.
        await untilGuestsLeft(endpoint).catch(() => undefined);
      }
      // The lock is not let go before the server stops: a newcomer would take over a server about to end.
      ownership.expectLoss();
      await stopPostmaster(pid, layout.pgData);
      await exited;
    } finally {
      clearInterval(awake);
    }
  };
  const stop = () => {
    stopping ??= end();
    return stopping;
  };
  return { url, adopted, pid, exited, stop, [Symbol.asyncDispose]: stop };
}

/** What somebody holds who joined another's server. */
export function guestHandle({ pid, url, adopted, layout }: Serving, leave: () => Promise<void>): EmbeddedPostgres {
  const exited = endOfForeign(pid, layout).then((how): PostgresExit => ({ expected: false, ...how }));
  return { url, adopted, pid, exited, stop: leave, [Symbol.asyncDispose]: leave };
}

/** Only a parent is told of an end; others have to look. */
async function endOfForeign(pid: number, { pgData }: Layout): Promise<Omit<PostgresExit, "expected">> {
  while ((await processState(pid, pgData)) === "ours") {
    await sleep(pollMs, undefined, { ref: false });
  }
  return { code: null, signal: null };
}
