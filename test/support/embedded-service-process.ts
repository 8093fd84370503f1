import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { runTypeScript } from "./run-typescript.js";

export type StartReport =
  | { readonly started: true; readonly url: string; readonly pid: number; readonly adopted: boolean }
  | { readonly started: false; readonly name: string; readonly message: string };

/** A process that runs the embedded server of a data folder. */
export interface EmbeddedService {
  readonly process: ChildProcess;
  /** How its start went. */
  readonly report: Promise<StartReport>;
  /** Sends a signal to its whole group, as a terminal does. */
  signal(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

export function runEmbeddedService(dataDir: string, mode: "own" | "share" = "own"): EmbeddedService {
  const child = runTypeScript(new URL("./embedded-service.ts", import.meta.url), [dataDir, mode], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const over = once(child, "exit");
  return {
    process: child,
    report: firstLine(child),
    signal: async (signal) => {
      signalGroup(child, signal);
      await over;
    },
    stop: async () => {
      child.stdin?.write("\n");
      await over;
    },
  };
}

/** One that ended meanwhile, and whose end is not told yet, has no group any more. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid ?? Number.NaN), signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
  }
}

async function firstLine(child: ChildProcess): Promise<StartReport> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) {
      return JSON.parse(line);
    }
  }
  throw new Error("the process ended without a report");
}
