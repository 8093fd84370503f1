import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { orMissing } from "./error-code.js";

/**
 * Makes a folder, and those above it that are missing, with exactly this mode whatever the umask says. A folder that was
 * there is left as it is: its permissions are its owner's decision.
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) {
    return;
  }
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await chmod(made, mode);
  }
}

/** The path itself, or the closest folder above it that exists. */
export async function nearestExisting(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : await nearestExisting(dirname(path));
}

export async function exists(path: string): Promise<boolean> {
  return (await orMissing(stat(path))) !== undefined;
}
