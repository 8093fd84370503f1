import { readdirSync, readFileSync } from "node:fs";

/** Those that run with this data folder in their environment, or among their arguments as Postgres does. */
export function processesOf({ ALTALUNE_DATA_DIR }: { readonly ALTALUNE_DATA_DIR: string }): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => ["environ", "cmdline"].some((file) => read(`/proc/${pid}/${file}`).includes(ALTALUNE_DATA_DIR)))
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It has ended meanwhile, or is another user's.
    return "";
  }
}
