import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A folder of programs that are fetched for tests and never change, kept on this machine for the next time. */
export async function filledOnce(name: string, fill: (folder: string) => Promise<unknown>): Promise<string> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "altalune-ci");
  const place = join(cache, name);
  if (existsSync(place)) {
    return place;
  }
  await mkdir(cache, { recursive: true });
  // Filled aside, so that it is there whole or not at all.
  const aside = await mkdtemp(`${place}-`);
  try {
    await fill(aside);
    await rename(aside, place);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // Another run was faster.
    if (!existsSync(place)) {
      throw error;
    }
  }
  return place;
}
