import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";
import { inject } from "vitest";

const run = promisify(execFile);
let made: Promise<string> | undefined;

/** Where a data folder may be made. */
export function newDataDir(): string {
  return join(inject("scratchDir"), randomUUID());
}

/** A data folder whose first start lies behind it, copied from one: initdb is most of a first start. */
export async function madeDataDir(): Promise<string> {
  made ??= makeDataDir();
  const dataDir = newDataDir();
  await run("cp", ["-a", await made, dataDir]);
  return dataDir;
}

async function makeDataDir(): Promise<string> {
  const dataDir = newDataDir();
  await (await startEmbeddedPostgres({ dataDir, settings: { fsync: "off" } })).stop();
  return dataDir;
}
