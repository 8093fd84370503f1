import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";

/** What the driver sends as it connects, and PgBouncer refuses unless it is told not to. */
const startupParameters = "statement_timeout,lock_timeout,idle_in_transaction_session_timeout";

export interface PgBouncer {
  /** The database, by way of the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPgBouncer(databaseUrl: string, mode: "transaction" | "session"): Promise<PgBouncer> {
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  const dir = await mkdtemp(join(tmpdir(), "altalune-pgbouncer-"));
  const ownPort = await freePort();
  const secret = decodeURIComponent(password);
  // It takes no empty password.
  const credentials = secret === "" ? `user=${username}` : `user=${username} password='${secret}'`;
  const server = `host=${hostname} port=${port || 5432} ${credentials}`;
  await writeFile(join(dir, "users"), `"${username}" "${secret}"\n`);
  await writeFile(
    join(dir, "pgbouncer.ini"),
    [
      "[databases]",
      `${pathname.slice(1)} = ${server}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${ownPort}`,
      "unix_socket_dir =",
      "auth_type = any",
      `auth_file = ${join(dir, "users")}`,
      `pool_mode = ${mode}`,
      "default_pool_size = 40",
      `ignore_startup_parameters = ${startupParameters}`,
      "",
    ].join("\n"),
  );
  // It refuses to run as root.
  await chmod(dir, 0o755);
  const asUser = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn("pgbouncer", ["-q", ...asUser, join(dir, "pgbouncer.ini")], { stdio: "ignore" });
  const over = once(child, "exit");
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  await untilListening(ownPort);
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(ownPort);
  return {
    url: url.href,
    async stop() {
      process.off("exit", killWithUs);
      child.kill("SIGQUIT");
      await over;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      socket.destroy();
      return;
    } catch {
      await sleep(20);
    }
  }
  throw new Error("PgBouncer does not listen");
}
