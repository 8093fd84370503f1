import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { owned } from "./cleanup.js";
import { startEmbeddedPostgres } from "./product.js";

export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  /** Whose server it is, for the report. */
  readonly server: string;
}

/**
 * An empty database of this run's own: on the server of DATABASE_URL or TEST_DATABASE_URL, else on an embedded one with
 * the settings that the product gives it.
 */
export async function benchDatabase(): Promise<BenchDatabase> {
  const shared = process.env["DATABASE_URL"] || process.env["TEST_DATABASE_URL"];
  return shared === undefined || shared === "" ? embedded() : onServer(shared);
}

async function embedded(): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "altalune-bench-"));
  // As root, the database's OS user has to pass.
  await chmod(dataDir, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDir });
  return owned({
    url: postgres.url,
    server: await versionOf(postgres.url, "embedded"),
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  });
}

/** Another database of this run's own, on the server of this URL. */
export async function onServer(serverUrl: string): Promise<BenchDatabase> {
  const name = `altalune_bench_${randomBytes(5).toString("hex")}`;
  await withClient(serverUrl, (client) => client.query(`create database ${name}`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return owned({
    url: url.href,
    server: await versionOf(serverUrl, "of its own"),
    async [Symbol.asyncDispose]() {
      await withClient(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  });
}

async function versionOf(url: string, whose: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ version: string; commit: string; fsync: string }>(
      "select current_setting('server_version') as version, current_setting('synchronous_commit') as commit, current_setting('fsync') as fsync",
    );
    return `Postgres ${rows[0]?.version}, ${whose}, fsync ${rows[0]?.fsync}, synchronous_commit ${rows[0]?.commit}`;
  });
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
