import type { EventEmitter } from "node:events";
import type { Command } from "commander";
import { vi } from "vitest";
import { run } from "../../../src/cli/program.js";
import type { Ended, Environment } from "./command.js";

/**
 * Runs a part of the command within this process: its own code, without what the start of a process costs.
 *
 * @returns what it printed to stdout
 */
export async function runHere(command: Command, args: readonly string[], env: Environment): Promise<string> {
  const { stdout } = await printedBy(() => command.parseAsync(args, { from: "user" }), env);
  return stdout;
}

/** Runs the whole command within this process, one at a time; what stdin, a signal or the process itself matters to is not for it. */
export async function altaluneHere(args: readonly string[], env: Environment): Promise<Ended> {
  const { argv, exitCode } = process;
  process.argv = [process.execPath, "altalune", ...args];
  process.exitCode = undefined;
  const forget = rememberListeners();
  try {
    const printed = await printedBy(run, env);
    return { code: Number(process.exitCode ?? 0), ...printed };
  } finally {
    forget();
    process.argv = argv;
    process.exitCode = exitCode;
  }
}

async function printedBy(
  act: () => Promise<unknown>,
  env: Environment,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      printed[name] += String(chunk);
      return true;
    }),
  );
  for (const [name, value] of Object.entries(env)) {
    vi.stubEnv(name, value);
  }
  try {
    await act();
    return printed;
  } finally {
    for (const spy of spies) {
      spy.mockRestore();
    }
    vi.unstubAllEnvs();
  }
}

/** @returns removes what has begun to listen to this process and its output since: a command's own process would end */
function rememberListeners(): () => void {
  const places: readonly (readonly [EventEmitter, event: string])[] = [
    [process.stdout, "error"],
    [process.stderr, "error"],
    [process, "SIGTERM"],
    [process, "SIGINT"],
  ];
  const before = places.map(([emitter, event]) => new Set(emitter.listeners(event)));
  return () => {
    places.forEach(([emitter, event], i) => {
      for (const listener of emitter.listeners(event)) {
        if (before[i]?.has(listener) !== true) {
          emitter.off(event, listener as () => void);
        }
      }
    });
  };
}
