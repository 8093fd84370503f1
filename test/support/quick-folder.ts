import { access, constants, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const memoryFolder = "/dev/shm";
/** What a run may come to need of it, twice. */
const roomNeeded = 4 * 1024 ** 3;

/** Where a run's files go: into memory if there is room, since copies of databases are most of what a run writes. */
export async function quickFolder(): Promise<string> {
  return (await isRoomy(memoryFolder)) && (await mayHoldPrograms(memoryFolder)) ? memoryFolder : tmpdir();
}

async function isRoomy(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize > roomNeeded && process.availableMemory() > 2 * roomNeeded;
  } catch {
    return false;
  }
}

/** Some tests build a program and run it, which a folder that is mounted `noexec` forbids. */
async function mayHoldPrograms(folder: string): Promise<boolean> {
  const program = join(folder, `altalune-test-program-${process.pid}`);
  try {
    await writeFile(program, "", { mode: 0o700 });
    await access(program, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    await rm(program, { force: true });
  }
}
