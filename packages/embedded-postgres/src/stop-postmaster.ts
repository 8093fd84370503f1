import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "./error-code.js";
import { EmbeddedPostgresError } from "./errors.js";
import { processState } from "./process-state.js";

interface Step {
  readonly signal: "SIGINT" | "SIGQUIT" | "SIGKILL";
  readonly waitMs: number;
}

/** Fast shutdown (ends sessions, writes a checkpoint), then immediate (the next start recovers), then without asking. */
const steps: readonly Step[] = [
  { signal: "SIGINT", waitMs: 10_000 },
  { signal: "SIGQUIT", waitMs: 7_000 },
  { signal: "SIGKILL", waitMs: 5_000 },
];

/**
 * Ends a cluster's postmaster and waits until it is gone. Windows knows no signals: there it ends at once, and the next
 * start recovers.
 *
 * @param answers whether it still serves; one that does not is not asked for an orderly shutdown
 */
export async function stopPostmaster(pid: number, pgData: string, answers = true): Promise<void> {
  for (const { signal, waitMs } of answers ? steps : steps.slice(1)) {
    if ((await processState(pid, pgData)) !== "ours") {
      return;
    }
    sendSignal(pid, signal);
    if (await endsWithin(pid, pgData, waitMs)) {
      return;
    }
  }
  throw new EmbeddedPostgresError(
    `The embedded Postgres (pid ${pid}) does not end. Look at postgres.log and end it by hand.`,
  );
}

async function endsWithin(pid: number, pgData: string, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    if ((await processState(pid, pgData)) !== "ours") {
      return true;
    }
    await sleep(10);
  }
  return false;
}

function sendSignal(pid: number, signal: Step["signal"]): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") {
      throw error;
    }
  }
}
