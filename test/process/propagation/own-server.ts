import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";
import { startTcpProxy } from "../failover/tcp-proxy.js";

/** A server that a run may restart, always at the same address. */
export interface OwnServer {
  /** For the instances. */
  readonly env: Readonly<Record<string, string>>;
  url(): string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnServer(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
  const scratchDir = await mkdtemp(join(tmpdir(), "altalune-storm-"));
  // Made by us and for this: as root, the database's OS user has to pass.
  await chmod(scratchDir, 0o711);
  const start = () => startEmbeddedPostgres({ dataDir: join(scratchDir, "data"), settings });
  let server = await start();
  const proxy = await startTcpProxy(server.url);
  return {
    env: { DATABASE_URL: proxy.url, ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64") },
    url: () => server.url,
    async restart() {
      await server.stop();
      await proxy.cut();
      server = await start();
      await proxy.restore(server.url);
    },
    async stop() {
      await proxy.close();
      await server.stop();
      await rm(scratchDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
