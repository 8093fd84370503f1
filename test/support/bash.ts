import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs blocks of a page one after the other in one bash, and returns what each printed. */
export async function bash(
  blocks: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const border = "-- the next block --";
  const script = blocks.join(`\necho "${border}"\n`);
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { env: { ...process.env, ...env } });
  return stdout.split(`${border}\n`);
}
