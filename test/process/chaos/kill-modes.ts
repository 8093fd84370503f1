import { setTimeout as sleep } from "node:timers/promises";
import { postmasterOf } from "./database.js";
import type { ServiceProcess } from "./service-process.js";

/** What is killed by -9, and when. */
export const killModes = {
  /** Postgres lives on, and the next start takes it over. */
  "service alone": { weight: 4, starting: false },
  /** The service loses its database and ends by itself; Postgres recovers at the next start. */
  "postmaster alone": { weight: 2, starting: false },
  /** Orphaned backends may still hold the shared memory when the next start comes. */
  "service and postmaster": { weight: 2, starting: false },
  /** As when a machine runs out of memory, or a container is ended. */
  "every process": { weight: 2, starting: false },
  /** Before it was ready, with the first start among them. */
  "every process, starting": { weight: 1, starting: true },
  "service alone, starting": { weight: 1, starting: true },
} as const;

export type KillMode = keyof typeof killModes;

export const killWeights = weightsOf(() => true);
export const killWeightsUnderLoad = weightsOf(({ starting }) => !starting);

function weightsOf(isChosen: (mode: (typeof killModes)[KillMode]) => boolean): Readonly<Record<KillMode, number>> {
  return Object.fromEntries(
    Object.entries(killModes).map(([name, mode]) => [name, isChosen(mode) ? mode.weight : 0]),
  ) as Record<KillMode, number>;
}

/** How long a service that lost its database may take to end by itself before it counts as stuck. */
const endsItselfMs = 60_000;

/** @returns what went wrong; undefined: nothing */
export async function kill(mode: KillMode, service: ServiceProcess, dataDir: string): Promise<string | undefined> {
  // Looked up first: the pid file is all that tells which Postgres is ours.
  const postmaster = await postmasterOf(dataDir);
  switch (mode) {
    case "service alone":
    case "service alone, starting":
      service.signal("SIGKILL");
      break;
    case "postmaster alone":
      killPid(postmaster?.pid);
      if ((await Promise.race([service.ended, sleep(endsItselfMs, "stuck", { ref: false })])) === "stuck") {
        service.signal("SIGKILL");
        return "the service did not end by itself when its database was gone";
      }
      break;
    case "service and postmaster":
      service.signal("SIGKILL");
      killPid(postmaster?.pid);
      break;
    case "every process":
    case "every process, starting":
      service.signal("SIGKILL");
      // A session of its own, so its pid names its group.
      killPid(postmaster && -postmaster.pid);
      break;
    default: {
      const unreachable: never = mode;
      return unreachable;
    }
  }
  await service.ended;
  return undefined;
}

function killPid(pid: number | undefined): void {
  if (pid === undefined) {
    return;
  }
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
