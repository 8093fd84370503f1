import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How a program ended, and what it said. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, a failure included. */
export async function runTool(path: string, args: readonly string[]): Promise<Ran> {
  try {
    return { code: 0, ...(await run(path, args, { timeout: 20_000 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== "number") {
      throw error;
    }
    return { code, stdout, stderr };
  }
}
