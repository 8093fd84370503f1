import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment } from "./child-environment.js";
import type { Cluster } from "./cluster.js";
import type { Endpoint } from "./connect.js";
import { EmbeddedPostgresError } from "./errors.js";
import type { Postmaster } from "./find-running.js";
import { freePort } from "./free-port.js";
import type { PostgresExit } from "./interface.js";
import type { Layout } from "./layout.js";
import { readPostmasterFile } from "./postmaster-file.js";
import { probe } from "./probe.js";
import { processState } from "./process-state.js";
import { openServerLog } from "./server-log.js";
import { stopPostmaster } from "./stop-postmaster.js";

export interface Launched extends Postmaster {
  readonly ended: Promise<Omit<PostgresExit, "expected">>;
}

/** How long a server may give no sign of life; one that says it is recovering gives one. */
const silenceMs = 60_000;

/** Another program took the port, or another start the cluster: look again, and try again. */
export class OvertakenError extends EmbeddedPostgresError {}

/**
 * Starts the server and waits until it takes connections.
 *
 * @throws OvertakenError
 * @throws the signal's reason, once the server has ended
 * @throws EmbeddedPostgresError with the end of postgres.log when it cannot start
 */
export async function launch(
  { layout, binaries, user, password }: Cluster,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Launched> {
  const log = await openServerLog(layout.log);
  try {
    const port = await freePort();
    const stale = await stalePid(layout);
    const child = spawn(binaries.postgres, ["-D", layout.pgData, ...flags({ ...defaults(port), ...settings })], {
      ...user,
      cwd: layout.dataDir,
      // Postgres takes a live process under the pid in postmaster.pid for its predecessor. We have looked: the number
      // went to another program, and this variable, pg_ctl's own, makes it look past that one.
      env: childEnvironment(stale ? { PG_GRANDPARENT_PID: String(stale) } : {}),
      stdio: ["ignore", log.fd, log.fd],
      // A session of its own: Ctrl-C in the terminal and signals to the group reach the service, which stops this last.
      detached: true,
      windowsHide: true,
    });
    child.unref();
    const ended = endOf(child);
    const fault = await untilReady(child, ended, { port, password }, layout, signal);
    if (fault === undefined && child.pid !== undefined) {
      return { pid: child.pid, port, ended };
    }
    const written = await log.read();
    const tail = written.split("\n").slice(-15).join("\n");
    const message = `The embedded Postgres did not start: ${fault}. Its log ${layout.log} ends with:\n${tail}`;
    throw isOvertaken(written) ? new OvertakenError(message) : new EmbeddedPostgresError(message);
  } finally {
    await log.close();
  }
}

async function stalePid(layout: Layout): Promise<number | undefined> {
  const file = await readPostmasterFile(layout.pgData);
  if (file && (await processState(file.pid, layout.pgData)) === "ours") {
    throw new OvertakenError(`Another Postgres (pid ${file.pid}) has just started in ${layout.dataDir}.`);
  }
  return file?.pid;
}

function defaults(port: number): Readonly<Record<string, string>> {
  return {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    // Everything that is worth reading goes to stderr, which is postgres.log, with its time.
    log_destination: "stderr",
    logging_collector: "off",
    log_line_prefix: "%m [%p] ",
    // The service logs a failed statement; the statement's text has no business in a second place.
    log_min_error_statement: "panic",
  };
}

function flags(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

function endOf(child: ChildProcess): Launched["ended"] {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => resolve({ code: null, signal: error.message }));
  });
}

/** What went wrong, or undefined once it serves. */
async function untilReady(
  child: ChildProcess,
  ended: Launched["ended"],
  endpoint: Endpoint,
  layout: Layout,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const ending = ended.then(({ code, signal }) => `it ended with ${code ?? signal}`);
  let lastSign = performance.now();
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 200)) {
    const answer = await Promise.race([ending, sleep(pause).then(() => probe(endpoint, layout.pgData))]);
    switch (answer) {
      case "ready":
        return undefined;
      case "waking":
        lastSign = performance.now();
        break;
      case "busy":
      case "locked":
      case "silent":
        break;
      default:
        return answer;
    }
    if (signal?.aborted && child.pid !== undefined) {
      await stopPostmaster(child.pid, layout.pgData);
      signal.throwIfAborted();
    }
    if (performance.now() - lastSign > silenceMs) {
      if (child.pid !== undefined) {
        await stopPostmaster(child.pid, layout.pgData, false);
      }
      return `it took no connection for ${silenceMs / 1000} s${answer === "locked" ? ", as it refuses our password" : ""}`;
    }
  }
}

/**
 * Postgres itself lets only one server have a port and a cluster; these are the sentences in which it says so. They need
 * not be among the last: the other server writes to the same log.
 */
function isOvertaken(log: string): boolean {
  return [
    /could not bind/,
    /lock file "postmaster\.pid" (already exists|is empty)/,
    /pre-existing shared memory block/,
  ].some((sentence) => sentence.test(log));
}
