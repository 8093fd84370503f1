import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode, orMissing } from "./error-code.js";
import { EmbeddedPostgresError } from "./errors.js";

/**
 * Makes a folder, and those above it that are missing, with exactly this mode whatever the umask says. A folder that was
 * there is left as it is: its permissions are its owner's decision.
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  if (await exists(path)) {
    return;
  }
  await makeFolder(dirname(path), mode);
  try {
    // One by one: Node's own recursion never ends where nothing can be made, as in /proc.
    await mkdir(path, { mode });
    await chmod(path, mode);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "EEXIST") {
      throw new EmbeddedPostgresError(
        `The folder ${path} cannot be made (${code}): set ALTALUNE_DATA_DIR to one that can be made or is there.`,
      );
    }
  }
}

/** The path itself, or the closest folder above it that exists. */
export async function nearestExisting(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : await nearestExisting(dirname(path));
}

export async function exists(path: string): Promise<boolean> {
  return (await orMissing(stat(path))) !== undefined;
}
