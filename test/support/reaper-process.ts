import { once } from "node:events";
import { runTypeScript } from "./run-typescript.js";

export interface Estate {
  readonly scratchDir: string;
  readonly runName: string;
  /** The server that outlives the run, if TEST_DATABASE_URL names one. */
  readonly sharedServerUrl: string | undefined;
}

/**
 * Starts a process that outlives this one and cleans up after it, however it ends: a run that is interrupted or killed
 * runs no teardown, and its servers are sessions of their own.
 */
export function startReaper(estate: Estate): { finish(): Promise<void> } {
  const child = runTypeScript(new URL("./reaper.ts", import.meta.url), [], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.unref();
  // The end of this stream is what tells it that we are gone.
  child.stdin?.on("error", () => undefined);
  child.stdin?.write(`${JSON.stringify(estate)}\n`);
  return {
    finish: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.ref();
        child.stdin?.end();
        await once(child, "exit");
      }
    },
  };
}
