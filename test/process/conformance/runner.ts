import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTool, goSetting, howToInstall } from "../../support/tools.js";

const module = "connectrpc.com/conformance";
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The official conformance runner of Connect, as it is installed here. */
export interface Runner {
  readonly path: string;
  readonly version: string;
  /** The folder of the protos that it was built with. */
  readonly protos: string;
}

/** The runner, or what to do to have it. Nothing is installed. */
export function findRunner(): Runner | string {
  const path = findTool("connectconformance");
  if (path === undefined) {
    return `connectconformance is not installed: ${howToInstall("connectconformance")}`;
  }
  const version = execFileSync(path, ["--version"], { encoding: "utf8" }).trim().split(" ").at(-1) ?? "";
  const protos = join(goSetting("GOMODCACHE") ?? "", `${module}@${version}`, "proto");
  if (!existsSync(protos)) {
    return `the protos of the installed connectconformance are not here: go mod download ${module}@${version}`;
  }
  return { path, version, protos };
}

export interface Outcome {
  /** Every case passed, but for those of known-failing.txt, which all failed. */
  readonly passed: boolean;
  /** All that the runner printed. */
  readonly output: string;
}

/**
 * Runs the whole suite against the compiled server: `npm run build` comes first.
 *
 * @param flags more flags of the runner's, such as `--run <pattern>` and `--trace`
 */
export async function runConformance({ path, protos }: Runner, flags: readonly string[] = []): Promise<Outcome> {
  const scratch = mkdtempSync(join(tmpdir(), "altalune-conformance-"));
  try {
    const descriptors = join(scratch, "descriptors.binpb");
    execFileSync(here("../../../node_modules/.bin/buf"), ["build", protos, "--output", descriptors]);
    const server = [
      process.execPath,
      "--import",
      here("../../support/typescript-imports.mjs"),
      here("server.ts"),
      descriptors,
    ];
    const args = [
      ...["--mode", "server", "--conf", here("config.yaml"), "--known-failing", `@${here("known-failing.txt")}`],
      ...["--max-servers", "2", "--parallel", "4", "--verbose", ...flags, "--", ...server],
    ];
    let outcome = await runOnce(path, args);
    for (let again = 0; again < 3 && runnersOwnCrash.test(outcome.output); again++) {
      outcome = await runOnce(path, args);
    }
    return outcome;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Its reference client reads a map of headers that another of its goroutines may be writing: no verdict on any server. */
const runnersOwnCrash = /^fatal error: concurrent map /m;

async function runOnce(path: string, args: readonly string[]): Promise<Outcome> {
  // A group of its own: when it crashes, the servers that it started stay, and hold its output open.
  const runner = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  for (const stream of [runner.stdout, runner.stderr]) {
    stream.on("data", (chunk) => {
      output += String(chunk);
    });
  }
  const closed = once(runner, "close");
  const [code] = await once(runner, "exit");
  try {
    process.kill(-(runner.pid ?? Number.NaN), "SIGKILL");
  } catch {
    // None is left.
  }
  await closed;
  return { passed: code === 0, output };
}
