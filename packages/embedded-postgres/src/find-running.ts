import { setTimeout as sleep } from "node:timers/promises";
import { EmbeddedPostgresError } from "./errors.js";
import type { ServerLogger } from "./interface.js";
import type { Layout } from "./layout.js";
import { readPostmasterFile } from "./postmaster-file.js";
import { type Probe, probe } from "./probe.js";
import { processState } from "./process-state.js";
import { stopPostmaster } from "./stop-postmaster.js";

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * How long a server may stay in a state before we act. Recovery after a crash takes as long as it takes; one that says it
 * is ready may be slow under load, and may have an owner.
 */
const timeoutMs = { starting: 600_000, stopping: 60_000, ready: 10_000 } as const;

/**
 * The server that runs on this cluster already, whoever started it; one that is starting or stopping is waited for, one
 * that answers nobody is ended. Undefined when none runs. What a crash left of postmaster.pid does not count, and is
 * left to Postgres, which alone can tell whether old backends still use the shared memory it names.
 */
export async function findRunning(
  layout: Layout,
  password: string,
  logger: ServerLogger | undefined,
  signal: AbortSignal | undefined,
): Promise<Postmaster | undefined> {
  let since = performance.now();
  let before: string | undefined;
  for (;;) {
    const file = await readPostmasterFile(layout.pgData);
    if (!file || (await processState(file.pid, layout.pgData)) !== "ours") {
      return undefined;
    }
    const { pid, port, status } = file;
    const answer: Probe = port ? await probe({ port, password }, layout.pgData) : "waking";
    if (port && (answer === "ready" || answer === "busy")) {
      return { pid, port };
    }
    if (answer === "locked") {
      throw new EmbeddedPostgresError(
        `The Postgres that runs in ${layout.dataDir} (pid ${pid}) does not take the password in ${layout.password}. ` +
          "Restore that file, or set ALTALUNE_DATA_DIR to another folder.",
      );
    }
    if (before !== `${pid} ${status}`) {
      before = `${pid} ${status}`;
      since = performance.now();
    }
    if (performance.now() - since > timeoutMs[status]) {
      if (status === "starting") {
        throw new EmbeddedPostgresError(
          `The Postgres in ${layout.dataDir} (pid ${pid}) is still starting. Look at ${layout.log}, and try again.`,
        );
      }
      logger?.warn({ pid, port, status }, "A Postgres of an earlier run does not answer: ending it to start it anew.");
      await stopPostmaster(pid, layout.pgData, false);
    }
    await sleep(50, undefined, { signal });
  }
}
