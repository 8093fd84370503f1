import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { owned } from "./cleanup.js";
import { MasterKey } from "./product.js";

export interface ServiceProcess extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly rootKey: string;
  /** base64. */
  readonly masterKey: string;
  /** Where the first owner registers; undefined: this start made none. */
  readonly setupUrl: string | undefined;
}

/** The built command; that of another checkout, such as one of an earlier commit, where BENCH_COMMAND names it. */
const command =
  process.env["BENCH_COMMAND"] ?? fileURLToPath(new URL("../../dist/bundle/cli/main.js", import.meta.url));

/** The folder for what the service's CPU was spent on, one .cpuprofile a process, written as it ends. */
const profiles = process.env["BENCH_PROFILES"];

/** How a service is started that does not have a database to itself. */
export interface SharedDatabase {
  /** What it shares with the services that are there already; undefined: it is the first. */
  readonly keys?: Pick<ServiceProcess, "masterKey" | "rootKey">;
  readonly poolSize: number;
  /** Of Node itself, such as `--inspect-port`. */
  readonly nodeOptions?: string;
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether to wait for the link by which the first owner registers: commands of earlier commits print none. */
  readonly withSetupLink?: boolean;
}

/** The product as its users run it, in a process of its own; its log goes nowhere. */
export async function startService(
  databaseUrl: string,
  shared?: SharedDatabase,
  { environment = {}, withSetupLink = false }: StartOptions = {},
): Promise<ServiceProcess> {
  const masterKey = shared?.keys?.masterKey ?? MasterKey.generate();
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ["--enable-source-maps", command, "serve"], {
    // A session of its own, as a service has: schedulers share a machine out by session.
    detached: true,
    env: {
      PATH,
      HOME,
      DATABASE_URL: databaseUrl,
      ALTALUNE_MASTER_KEY: masterKey,
      PORT: "0",
      ...environment,
      NODE_OPTIONS: [profiles && `--cpu-prof --cpu-prof-dir=${profiles}`, shared?.nodeOptions]
        .filter(Boolean)
        .join(" "),
      ...(shared && { ALTALUNE_DATABASE_POOL: String(shared.poolSize) }),
      ...(shared?.keys && { ALTALUNE_ROOT_KEY: shared.keys.rootKey }),
    },
    stdio: ["ignore", "pipe", process.env["BENCH_LOG"] ? "inherit" : "ignore"],
  });
  const ended = once(child, "exit");
  let url: string | undefined;
  let rootKey = shared?.keys?.rootKey;
  let setupUrl: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    url ??= /ready at (\S+)/.exec(line)?.[1];
    rootKey ??= /root key, shown this once, is (\S+)/.exec(line)?.[1];
    setupUrl ??= /^(\S+\/console\/setup#\S+)$/.exec(line)?.[1];
    if (url !== undefined && rootKey !== undefined && (setupUrl !== undefined || !withSetupLink)) {
      break;
    }
  }
  if (url === undefined || rootKey === undefined) {
    throw new Error("the service did not start; BENCH_LOG=1 shows why");
  }
  return owned({
    pid: child.pid ?? 0,
    url,
    rootKey,
    masterKey,
    setupUrl,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  });
}
