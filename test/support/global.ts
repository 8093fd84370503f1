import { randomBytes } from "node:crypto";
import { chmod, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { makeTemplate, requireCreateDatabase } from "./make-template.js";
import { quickFolder } from "./quick-folder.js";
import { startReaper } from "./reaper-process.js";
import { dropRunDatabases } from "./run-databases.js";
import { startTestServer } from "./test-server.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** The server that this run's databases live on; the database in its URL is not for tests. */
    readonly testServerUrl: string;
    /** Begins the name of every database of this run: other runs may use the same server. */
    readonly runName: string;
    /** A folder of this run that the database's OS user can reach; it goes when the run ends. */
    readonly scratchDir: string;
  }
}

/** One server a run, and in it a template that each test's database is copied from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runName = `altalune_test_${randomBytes(5).toString("hex")}`;
  const scratchDir = await mkdtemp(join(await quickFolder(), "altalune-test-"));
  // Made by us and for this: as root, the database's OS user has to pass.
  await chmod(scratchDir, 0o711);

  // Each worker, and each process that runs our TypeScript, loads the same files.
  process.env["NODE_COMPILE_CACHE"] ??= join(scratchDir, "compiled");

  const reaper = startReaper({ scratchDir, runName, sharedServerUrl: process.env["TEST_DATABASE_URL"] || undefined });
  const server = await startTestServer(scratchDir);
  const teardown = async () => {
    await dropRunDatabases(server.url, runName);
    await server.stop();
    await reaper.finish();
  };
  try {
    await requireCreateDatabase(server.url);
    await makeTemplate(server.url, runName);
  } catch (error) {
    await server.stop();
    await reaper.finish();
    throw error;
  }
  project.provide("testServerUrl", server.url);
  project.provide("runName", runName);
  project.provide("scratchDir", scratchDir);
  return teardown;
}
