import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { lockTables } from "../../support/locks.js";
import { madeDataDir, newDataDir } from "../../support/made-data-dir.js";
import { provenOnlyIf } from "../../support/unproven.js";
import { type Environment, serve, spawnCommand } from "./command.js";
import { emptyDatabase, lockWaits, ownDatabase, query } from "./databases.js";
import { processesOf } from "./processes.js";

const checkout = fileURLToPath(new URL("../../../", import.meta.url));
const stopTimeoutMs = 10_000;
/** Two seconds, and as much again for a busy machine. */
const giveUpPatienceMs = 4_000;
/** About how long a first start takes. Which moments of it a signal meets is chance; that it meets several is not. */
const startMs = 1_300;
const moments = 6;
/** Of the library that runs the migrations. */
const kyselyMigrationLock = 3853314791062309107n;

describe("a signal to stop", () => {
  beforeEach(({ skip }) =>
    provenOnlyIf(skip, existsSync("/proc/self/environ"), {
      what: "what a stop leaves behind",
      why: "no /proc to look processes up in",
      remedy: "run on Linux",
    }),
  );

  test("SIGTERM to npm ends what npm start has started, and npm then says that all went well", async () => {
    const env = await ownMadeFolder();
    const npm = run("npm", ["start"], { ...env, ALTALUNE_WORKERS: "2" });
    const url = await untilReady(npm);
    // npm, the supervisor, its workers, and Postgres at the least.
    expect(processesOf(env).length).toBeGreaterThanOrEqual(5);
    const over = once(npm, "exit");
    npm.kill("SIGTERM");
    expect(await over).toEqual([0, null]);
    expect(processesOf(env)).toEqual([]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test("SIGTERM to npx ends the service that it runs", async () => {
    const env = await ownMadeFolder();
    const npx = run("npx", ["altalune", "serve"], env);
    const url = await untilReady(npx);
    npx.kill("SIGTERM");
    await expect.poll(() => processesOf(env), { timeout: stopTimeoutMs }).toEqual([]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test("a start that waits for another's migration ends soon", async () => {
    const env = await emptyDatabase();
    const holder = new pg.Client({ connectionString: env.DATABASE_URL });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query("select pg_advisory_lock($1::bigint)", [String(kyselyMigrationLock)]);
    const server = spawnCommand(["serve"], { PORT: "0", ...env });
    const over = once(server, "exit");
    await expect.poll(() => lockWaits(env), { timeout: 20_000 }).toBeGreaterThan(0);
    let printed = "";
    server.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk;
    });
    await expect
      .poll(() => printed, { timeout: 10_000 })
      .toMatch(/"held_by":\[\{"pid":\d+.*waiting for another session/);
    const began = performance.now();
    server.kill("SIGTERM");
    expect(await over).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(giveUpPatienceMs);
  });

  test("workers whose start waits for a lock end soon, and so does the service", async () => {
    const env = await ownDatabase();
    await lockTables({ databaseUrl: env.DATABASE_URL }, "altalune_settings, altalune_audit_heads");
    const server = spawnCommand(["serve"], { PORT: "0", ...env, ALTALUNE_WORKERS: "2" });
    const over = once(server, "exit");
    await expect.poll(() => lockWaits(env), { timeout: 20_000 }).toBeGreaterThan(0);
    const began = performance.now();
    server.kill("SIGTERM");
    expect(await over).toEqual([0, null]);
    expect(performance.now() - began).toBeLessThan(giveUpPatienceMs);
  });

  test("a stop that somebody's locks hold up keeps its five seconds", async () => {
    const env = await ownDatabase();
    const server = await serve(env);
    await query(
      env,
      `insert into altalune_usage_journal
         (written_at, is_sum, hour, project_ids, api_key_ids, codes, verifications, last_used_ms)
       values (now(), false, date_trunc('hour', now()), '{}', '{}', '{}', '{}', '{}')`,
    );
    const holder = new pg.Client({ connectionString: env.DATABASE_URL });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query("select pg_advisory_lock(6315001), pg_advisory_lock(6315002)");
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000 + giveUpPatienceMs);
    expect(server.stderr()).toContain("the usage journal could not be added up");
  });

  test.for(Array.from({ length: moments }, (_, i) => i))("a start that is told to stop ends soon (%i)", async (i) => {
    const env = await ownFolder();
    const server = spawnCommand(["serve"], { PORT: "0", ...env, ALTALUNE_WORKERS: i % 2 === 0 ? "1" : "2" });
    const over = once(server, "exit");
    await sleep(((i + Math.random()) / moments) * startMs);
    const began = performance.now();
    server.kill("SIGTERM");
    // Once while nothing is loaded that would hear it, so that the signal itself ends the process.
    expect([0, null]).toContain((await over)[0]);
    expect(performance.now() - began).toBeLessThan(giveUpPatienceMs);
    expect(processesOf(env)).toEqual([]);
  });
});

/** Runs a program in the checkout, in a group of its own. What it started ends with the test. */
function run(program: string, args: readonly string[], env: Environment): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  return spawn(program, args, {
    cwd: checkout,
    env: { PATH, HOME, npm_config_update_notifier: "false", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
}

async function untilReady(child: ChildProcess): Promise<string> {
  let printed = "";
  for await (const chunk of child.stderr?.setEncoding("utf8") ?? []) {
    printed += chunk;
    const ready = /^\{.*"msg":"ready"\}$/m.exec(printed)?.[0];
    if (ready !== undefined) {
      return (JSON.parse(ready) as { url: string }).url;
    }
  }
  throw new Error(`it ended: ${printed}`);
}

type FolderEnvironment = Environment & { readonly ALTALUNE_DATA_DIR: string };

/** A data folder of the test's own, to be made into a database. */
async function ownFolder(): Promise<FolderEnvironment> {
  const dataDir = newDataDir();
  await mkdir(dataDir, { mode: 0o711 });
  return endedWithTest(dataDir);
}

/** The same with its database made, for a test that meets a service which is up. */
async function ownMadeFolder(): Promise<FolderEnvironment> {
  return endedWithTest(await madeDataDir());
}

function endedWithTest(dataDir: string): FolderEnvironment {
  const env = { ALTALUNE_DATA_DIR: dataDir };
  onTestFinished(() => {
    for (const pid of processesOf(env)) {
      process.kill(pid, "SIGKILL");
    }
  });
  return env;
}
