import type { Command } from "commander";
import { vi } from "vitest";
import type { Environment } from "./command.js";

/**
 * Runs a part of the command within this process: its own code, without what the start of a process costs.
 *
 * @returns what it printed to stdout
 */
export async function runHere(command: Command, args: readonly string[], env: Environment): Promise<string> {
  let printed = "";
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  for (const [name, value] of Object.entries(env)) {
    vi.stubEnv(name, value);
  }
  try {
    await command.parseAsync(args, { from: "user" });
    return printed;
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
    vi.unstubAllEnvs();
  }
}
