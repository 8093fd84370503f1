import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { readPostmasterFile } from "../../../packages/embedded-postgres/src/postmaster-file.js";
import { processState } from "../../../packages/embedded-postgres/src/process-state.js";

/** The postmaster that lives in a data folder; undefined: none. */
export async function postmasterOf(
  dataDir: string,
): Promise<{ readonly pid: number; readonly port: number } | undefined> {
  const pgData = join(dataDir, "pg");
  const file = await readPostmasterFile(pgData);
  return file?.port !== undefined && (await processState(file.pid, pgData)) === "ours"
    ? { pid: file.pid, port: file.port }
    : undefined;
}

/** Queries the embedded database of a data folder, from outside of the service. */
export async function withEmbedded<T>(dataDir: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const postmaster = await postmasterOf(dataDir);
  const client = new pg.Client({
    host: "127.0.0.1",
    port: postmaster?.port ?? 0,
    user: "altalune",
    password: (await readFile(join(dataDir, "password"), "utf8")).trim(),
    database: "altalune",
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
