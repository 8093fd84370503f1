import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { OsUser } from "./os-user.js";

const enter = 0o1;
const read = 0o4;

/**
 * Whether a user can walk down to a folder that exists, by the folders' mode bits. The user comes without its
 * supplementary groups, as spawn() drops them. Both the path as given and the one behind its symlinks have to be open.
 */
export async function canTraverse(user: OsUser, folder: string): Promise<boolean> {
  const folders = new Set([...chain(folder), ...chain(await realpath(folder))]);
  for (const each of folders) {
    if (!allows(user, await stat(each), enter)) {
      return false;
    }
  }
  return true;
}

/** Whether the mode bits let a user read a file, and run it if its owner can. */
export function canUse(user: OsUser, file: Stats): boolean {
  const runs = file.isDirectory() || (file.mode & 0o100) !== 0;
  return allows(user, file, read) && (!runs || allows(user, file, enter));
}

function allows(user: OsUser, file: Stats, bit: number): boolean {
  const shift = user.uid === file.uid ? 6 : user.gid === file.gid ? 3 : 0;
  return ((file.mode >> shift) & bit) !== 0;
}

function chain(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...chain(parent), path];
}
