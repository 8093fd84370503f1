import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Seconds. */
export interface Installed {
  readonly install: number;
  /** From `npm start`, which builds, until it is ready. */
  readonly start: number;
}

/** Clones what is committed here, installs it and starts it, with its pages built or left out. */
export async function installAndStart(withPages: boolean): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-bench-console-"));
  try {
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${process.cwd()}`, folder]);
    if (!withPages) {
      const manifest = join(folder, "package.json");
      const before = await readFile(manifest, "utf8");
      const after = before.replace(" && node scripts/console.ts", "");
      if (after === before) {
        throw new Error("the build in package.json does not end with the pages: what is measured would have them");
      }
      await writeFile(manifest, after);
    }
    const begun = performance.now();
    execFileSync("npm", ["ci", "--silent", "--no-audit", "--no-fund"], { cwd: folder, stdio: "ignore" });
    const installed = performance.now();
    const ready = await startAndStop(folder);
    return { install: (installed - begun) / 1000, start: (ready - installed) / 1000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns when it was ready */
async function startAndStop(folder: string): Promise<number> {
  const { PATH, HOME } = process.env;
  const child = spawn("npm", ["start"], {
    cwd: folder,
    env: { PATH, HOME, PORT: "0", ALTALUNE_DATA_DIR: join(folder, "data") },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes("ready at")) {
      const ready = performance.now();
      child.kill("SIGTERM");
      await ended;
      return ready;
    }
  }
  throw new Error("npm start did not start the service");
}
