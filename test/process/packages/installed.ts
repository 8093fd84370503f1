import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, cp, mkdtemp, rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";

const run = promisify(execFile);

/** Who installs, and npm's cache of somebody before, which becomes theirs. */
export interface Installer {
  readonly uid: number;
  readonly gid: number;
  readonly cache?: string;
}

export interface Installed {
  readonly folder: string;
  readonly cache: string;
  /** Runs `npx altalune serve` in the folder, until it is ready. */
  serve(): Promise<Service>;
}

export interface Service {
  readonly url: string;
  readonly rootKey: string;
  /** What a script prints that the same user runs in the folder. */
  bash(script: string): Promise<string>;
  /** Sends SIGTERM as a terminal does not: to npx alone. Waits until nothing of the service is left. */
  stop(): Promise<void>;
}

/** Installs a tarball in an empty folder, as somebody who has npm and the Node that came with it, and nothing of ours. */
export async function installAlone(tarball: string, { uid, gid, cache }: Installer): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-alone-"));
  const own = join(folder, ".npm");
  if (cache !== undefined) {
    await rename(cache, own);
  }
  await cp(tarball, join(folder, basename(tarball)));
  // The database's user has to reach what root has installed.
  await chmod(folder, 0o755);
  await run("chown", ["-R", `${uid}:${gid}`, folder]);
  const options = { cwd: folder, env: environmentOf(folder), uid, gid };
  await run("npm", ["install", "--prefer-offline", "--no-audit", basename(tarball)], options);
  return { folder, cache: own, serve: () => serve(options) };
}

interface RunAs {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid: number;
  readonly gid: number;
}

async function serve(options: RunAs): Promise<Service> {
  const npx = spawn("npx", ["altalune", "serve"], { ...options, env: { ...options.env, PORT: "0" } });
  const ended = once(npx, "exit");
  let printed = "";
  let log = "";
  npx.stdout.on("data", (text) => {
    printed += String(text);
  });
  npx.stderr.on("data", (text) => {
    log += String(text);
  });
  const found = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? "";
  await expect
    .poll(() => (npx.exitCode === null ? found(/is ready at (\S+)/) : log), { timeout: 60_000 })
    .toMatch(/^http:\S+$/);
  const url = found(/is ready at (\S+)/);
  return {
    url,
    rootKey: found(/(alt_root_\w+)/),
    bash: async (script) => (await run("bash", ["-c", script], options)).stdout,
    async stop() {
      npx.kill("SIGTERM");
      await ended;
      await expect.poll(() => fetch(url).catch(() => "gone")).toBe("gone");
      expect(existsSync(join(options.cwd, ".altalune/pg/postmaster.pid"))).toBe(false);
    },
  };
}

/** Without our own programs on the path, and without what npm told the tests. */
function environmentOf(home: string): Readonly<Record<string, string>> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("npm_"));
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return {
    ...(Object.fromEntries(others) as Record<string, string>),
    HOME: home,
    PATH: path.join(delimiter),
    npm_config_cache: join(home, ".npm"),
  };
}
