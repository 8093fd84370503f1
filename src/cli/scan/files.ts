import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { type Findings, printable } from "./findings.js";
import { type GitOptions, git, parts } from "./git.js";
import { KeyFinder } from "./key-finder.js";
import type { Tally } from "./tally.js";

/** Every file is read through it: nothing else goes on meanwhile. */
const buffer = Buffer.alloc(256 * 1024);

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * Looks through one file. What is no file, such as a pipe that nobody writes to, is passed over.
 *
 * @param follow whether a link is followed to where it leads
 */
export function scanFile(path: string, findings: Findings, tally: Tally, follow = false): void {
  const place = printable(path);
  let file: number | undefined;
  try {
    file = openSync(path, O_RDONLY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
    if (!fstatSync(file).isFile()) {
      return;
    }
    const finder = new KeyFinder((found) => findings.add(found, place));
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      finder.push(buffer.subarray(0, read));
      tally.read(read);
    }
    tally.files += 1;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!passedOver.has(code)) {
      tally.fault(`${place} could not be read: ${code}`);
    }
  } finally {
    if (file !== undefined) {
      closeSync(file);
    }
  }
}

/** A file that git knows of and that is deleted here, a link, and a socket. */
const passedOver: ReadonlySet<string> = new Set(["ENOENT", "ELOOP", "ENXIO"]);

/** Looks through the files of a folder that is in no repository, however deep; links are not followed. */
export async function scanFolder(folder: string, findings: Findings, tally: Tally): Promise<void> {
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        await (entry.name !== ".git" && scanFolder(path, findings, tally));
      } else {
        scanFile(path, findings, tally);
      }
    }
  } catch (error) {
    tally.fault(`${printable(folder)} could not be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Looks through the files of a folder that git keeps there, or would add. */
export async function scanKeptFiles(
  folder: string,
  options: GitOptions,
  findings: Findings,
  tally: Tally,
): Promise<void> {
  const listed = git(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], options);
  for await (const path of parts(listed, "\0")) {
    scanFile(join(folder, path), findings, tally);
  }
  await listed.ended;
}
