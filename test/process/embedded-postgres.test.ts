import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DataDirInUseError,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  resolveDataDir,
  startEmbeddedPostgres,
} from "@altalune/embedded-postgres";
import pg from "pg";
import { afterEach, describe, expect, inject, type TestContext, test } from "vitest";
import { binariesAt } from "../../packages/embedded-postgres/src/binaries.js";
import { reachableBinaries } from "../../packages/embedded-postgres/src/binaries-copy.js";
import { completeSymlinks } from "../../packages/embedded-postgres/src/binaries-symlinks.js";
import { installedBinaries } from "../../packages/embedded-postgres/src/installed-binaries.js";
import { databaseUser } from "../../packages/embedded-postgres/src/os-user.js";
import { processState } from "../../packages/embedded-postgres/src/process-state.js";
import { createTestDatabase } from "../support/database.js";
import { type EmbeddedService, runEmbeddedService } from "../support/embedded-service-process.js";
import { madeDataDir, newDataDir } from "../support/made-data-dir.js";
import { provenOnlyIf } from "../support/unproven.js";

const asRoot = process.getuid?.() === 0;
const started: EmbeddedPostgres[] = [];
const services: EmbeddedService[] = [];
const bystanders: ChildProcess[] = [];

afterEach(async () => {
  for (const service of services.splice(0)) {
    if (service.process.exitCode === null && service.process.signalCode === null) {
      await service.signal("SIGKILL");
    }
  }
  for (const bystander of bystanders.splice(0)) {
    bystander.kill();
  }
  await Promise.all(started.splice(0).map((postgres) => postgres.stop()));
});

describe("the embedded Postgres", () => {
  test("starts on an empty folder, safe and private by default", async () => {
    const dataDir = newDataDir();
    const postgres = await start({ dataDir });

    expect(postgres.adopted).toBe(false);
    expect(new URL(postgres.url)).toMatchObject({ hostname: "127.0.0.1", username: "altalune", pathname: "/altalune" });
    const [settings] = await query(
      postgres.url,
      `select current_setting('server_version_num')::int >= 180000 as recent, current_setting('fsync') as fsync,
         current_setting('data_checksums') as checksums, current_setting('server_encoding') as encoding,
         current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
         current_setting('max_connections') as connections, current_setting('password_encryption') as passwords,
         upper('é') as upper`,
    );
    expect(settings).toEqual({
      recent: true,
      fsync: "on",
      checksums: "on",
      encoding: "UTF8",
      addresses: "127.0.0.1",
      sockets: "",
      connections: "200",
      passwords: "scram-sha-256",
      upper: "É",
    });
    expect(await modeOf(join(dataDir, "pg"))).toBe(0o700);
    expect(await modeOf(join(dataDir, "password"))).toBe(0o600);
    expect(await modeOf(join(dataDir, "postgres.log"))).toBe(0o600);
    expect((await readdir(dataDir)).sort()).toEqual(["password", "pg", "postgres.log"]);
    expect((await stat(join(dataDir, "pg"))).uid === 0).toBe(false);
  });

  test("refuses a wrong password", async () => {
    const postgres = await start({ dataDir: await madeDataDir() });
    const url = new URL(postgres.url);
    url.password = "wrong";
    await expect(query(url.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  });

  test("keeps its data and its password across a restart", async () => {
    const dataDir = await madeDataDir();
    const first = await start({ dataDir });
    await query(first.url, "create table kept as select 42 as answer");
    await first.stop();
    await expect(query(first.url, "select 1")).rejects.toThrow();

    const second = await start({ dataDir });
    expect(second.adopted).toBe(false);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  test("lives under a path with spaces and letters of other scripts", async () => {
    const dataDir = join(newDataDir(), "dàta földer 数据 'quoted'");
    const first = await start({ dataDir });
    await query(first.url, "create table kept as select 42 as answer");
    await first.stop();
    const second = await start({ dataDir });
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  test("takes settings", async () => {
    const { url } = await start({ dataDir: await madeDataDir(), settings: { fsync: "off", max_connections: "17" } });
    expect(
      await query(url, "select current_setting('fsync') as fsync, current_setting('max_connections') as n"),
    ).toEqual([{ fsync: "off", n: "17" }]);
  });

  test("says why it does not start, in the words of its log", async () => {
    const failure = start({ dataDir: await madeDataDir(), settings: { shared_buffers: "plenty" } });
    await expect(failure).rejects.toThrow(/did not start[\s\S]*postgres\.log[\s\S]*shared_buffers/);
  });

  test("keeps its log bounded", async () => {
    const dataDir = await madeDataDir();
    await (await start({ dataDir })).stop();
    await appendFile(join(dataDir, "postgres.log"), "x".repeat(11 * 1024 * 1024));
    await start({ dataDir });
    expect((await stat(join(dataDir, "postgres.log"))).size).toBeLessThan(1024 * 1024);
  });

  test("gets nothing of our environment that could hold a secret", async () => {
    process.env["ALTALUNE_ROOT_KEY"] = "sk-not-for-postgres";
    try {
      const { pid } = await start({ dataDir: await madeDataDir() });
      const environment = `/proc/${pid}/environ`;
      expect(existsSync(environment) ? await readFile(environment, "utf8") : "").not.toContain("ALTALUNE");
    } finally {
      delete process.env["ALTALUNE_ROOT_KEY"];
    }
  });

  test("stops once, however often it is asked, and leaves no process", async () => {
    const postgres = await start({ dataDir: await madeDataDir() });
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    expect(await isAlive(postgres.pid)).toBe(false);
    expect(await postgres.exited).toEqual({ expected: true, code: 0, signal: null });
  });

  test("tells of an end that nobody asked for, and starts anew after it", async () => {
    const dataDir = await madeDataDir();
    const crashed = await start({ dataDir });
    await query(crashed.url, "create table kept as select 42 as answer");
    process.kill(crashed.pid, "SIGKILL");
    expect(await crashed.exited).toEqual({ expected: false, code: null, signal: "SIGKILL" });

    const second = await start({ dataDir });
    expect(second.adopted).toBe(false);
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
    await crashed.stop();
    expect(await isAlive(second.pid)).toBe(true);
  });
});

describe("after a crash", () => {
  test("a server whose service was killed is taken over, and can be stopped", async () => {
    const dataDir = await madeDataDir();
    const service = runService(dataDir);
    const report = await service.report;
    if (!report.started) {
      throw new Error(report.message);
    }
    await query(report.url, "create table kept as select 42 as answer");
    await service.signal("SIGKILL");

    const adopted = await start({ dataDir });
    expect(adopted).toMatchObject({ adopted: true, pid: report.pid, url: report.url });
    expect(await query(adopted.url, "select answer from kept")).toEqual([{ answer: 42 }]);
    await adopted.stop();
    expect(await isAlive(report.pid)).toBe(false);
    expect(await adopted.exited).toMatchObject({ expected: true });
  });

  test("Ctrl-C in the terminal does not reach the server before its service", async () => {
    const dataDir = await madeDataDir();
    const service = runService(dataDir);
    await service.report;
    await service.signal("SIGINT");
    const adopted = await start({ dataDir });
    expect(adopted.adopted).toBe(true);
  });

  test("a server that answers nobody is ended, and started anew", { timeout: 60_000 }, async () => {
    const dataDir = await madeDataDir();
    const service = runService(dataDir);
    const report = await service.report;
    if (!report.started) {
      throw new Error(report.message);
    }
    await service.signal("SIGKILL");
    process.kill(report.pid, "SIGSTOP");

    const anew = await start({ dataDir });
    expect(anew.adopted).toBe(false);
    expect(await isAlive(report.pid)).toBe(false);
    expect(await query(anew.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test.each([
    ["no process", async () => 4_194_300],
    ["another program", async () => process.pid],
    ["another program of the database's OS user", otherProgramOfDatabaseUser],
  ])("a postmaster.pid whose number belongs to %s does not block the start", async (_whose, pidOf) => {
    const dataDir = await madeDataDir();
    const first = await start({ dataDir });
    const postmasterFile = join(dataDir, "pg", "postmaster.pid");
    const lines = (await readFile(postmasterFile, "utf8")).split("\n");
    await first.stop();
    await writeFile(postmasterFile, [await pidOf(dataDir), ...lines.slice(1)].join("\n"));

    const second = await start({ dataDir });
    expect(second.adopted).toBe(false);
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("an initdb that was killed leaves nothing in the way", async () => {
    const dataDir = newDataDir();
    const service = runService(dataDir);
    service.report.catch(() => undefined);
    await until(async () => existsSync(dataDir) && (await readdir(dataDir)).some((name) => name.startsWith("pg.new-")));
    await sleep(100);
    await service.signal("SIGKILL");
    await mkdir(join(dataDir, `pg.new-4194300-${randomUUID()}`, "pg", "base"), { recursive: true });

    const postgres = await start({ dataDir });
    expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await until(async () => (await readdir(dataDir)).sort().join() === "password,pg,postgres.log");
  });

  test("a database without its password is not started on a guess", async () => {
    const dataDir = await madeDataDir();
    await (await start({ dataDir })).stop();
    await rm(join(dataDir, "password"));
    await expect(start({ dataDir })).rejects.toThrow(/not its password/);
  });
});

describe("of several processes on one data folder", () => {
  test("the second is refused, and told what to do", async () => {
    const dataDir = await madeDataDir();
    const first = await start({ dataDir });
    const refused = await start({ dataDir }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DataDirInUseError);
    expect(refused).toMatchObject({ dataDir, message: expect.stringMatching(/ALTALUNE_DATA_DIR.*DATABASE_URL/) });
    expect(await query(first.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("one wins when both make their first start at once", async () => {
    const dataDir = newDataDir();
    const reports = await Promise.all([runService(dataDir).report, runService(dataDir).report]);
    const winners = reports.filter((report) => report.started);
    const losers = reports.filter((report) => !report.started);
    expect(winners).toHaveLength(1);
    expect(losers).toEqual([expect.objectContaining({ name: "DataDirInUseError" })]);
    expect(await query(winners[0]?.url ?? "", "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("the owner stays the owner when its lock's connection is cut", async () => {
    const dataDir = await madeDataDir();
    const owner = await start({ dataDir });
    const locks = "select pid from pg_locks where locktype = 'advisory' and granted";
    const [before] = await query(owner.url, locks);
    await query(owner.url, `select pg_terminate_backend(pid) from (${locks})`);
    await until(async () => {
      const [after] = await query(owner.url, locks);
      return after !== undefined && after["pid"] !== before?.["pid"];
    });
    await expect(start({ dataDir })).rejects.toBeInstanceOf(DataDirInUseError);
  });

  test("a command joins the service's server and leaves it running", async () => {
    const dataDir = await madeDataDir();
    const owner = await start({ dataDir });
    const command = await start({ dataDir, share: true });
    expect(command).toMatchObject({ url: owner.url, adopted: true });
    await command.stop();
    await command.stop();
    expect(await query(owner.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("a command alone starts the server and stops it", async () => {
    const dataDir = await madeDataDir();
    const command = await start({ dataDir, share: true });
    expect(command.adopted).toBe(false);
    expect(await query(command.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await command.stop();
    expect(await isAlive(command.pid)).toBe(false);
  });

  test("a command that started the server lets the one that joined it finish", async () => {
    const dataDir = await madeDataDir();
    const first = await start({ dataDir, share: true });
    const second = await start({ dataDir, share: true });
    const stopped = first.stop();
    await sleep(300);
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await second.stop();
    await stopped;
    expect(await isAlive(first.pid)).toBe(false);
  });

  test("a service that starts while a command is done gets the folder", async () => {
    const dataDir = await madeDataDir();
    const command = runService(dataDir, "share");
    await command.report;
    const service = start({ dataDir });
    await sleep(200);
    await command.stop();
    expect(await query((await service).url, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

describe("the data folder", () => {
  test("is .altalune under the working directory, for nobody else to read", async () => {
    const cwd = newDataDir();
    await mkdir(cwd);
    const dataDir = await resolveDataDir(undefined, cwd);
    expect(dataDir).toBe(join(cwd, ".altalune"));
    expect(await modeOf(dataDir)).toBe(asRoot ? 0o711 : 0o700);
    expect(await resolveDataDir("relative", cwd)).toBe(join(cwd, "relative"));
  });

  test("keeps the permissions of a folder that was there", async () => {
    const dataDir = newDataDir();
    await mkdir(dataDir);
    await chmod(dataDir, 0o755);
    await resolveDataDir(dataDir, "/");
    await start({ dataDir });
    expect(await modeOf(dataDir)).toBe(0o755);
  });

  test("gets a place of its own where the database's OS user cannot go", async ({ skip }) => {
    needRoot(skip);
    const stateRootExisted = existsSync("/var/lib/altalune");
    const closed = await mkdtemp(join(tmpdir(), "altalune-closed-"));
    const dataDir = await resolveDataDir(undefined, closed);
    try {
      expect(dataDir).toMatch(new RegExp(`^/var/lib/altalune/.*${basename(closed).slice(-6)}.*-[0-9a-f]{8}$`));
      const postgres = await start({ dataDir });
      expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
      await postgres.stop();
      expect(await modeOf(closed)).toBe(0o700);
      expect(await readdir(closed)).toEqual([]);

      // The data decides from now on, whatever happens to the folder.
      await chmod(closed, 0o755);
      expect(await resolveDataDir(undefined, closed)).toBe(dataDir);
    } finally {
      await Promise.all(started.map((postgres) => postgres.stop()));
      await rm(closed, { recursive: true });
      await rm(dataDir, { recursive: true });
      if (!stateRootExisted) {
        await rmdir("/var/lib/altalune").catch(() => undefined);
      }
    }
  });

  test("is not swapped for an empty one when its user loses the way", async ({ skip }) => {
    needRoot(skip);
    const parent = newDataDir();
    const dataDir = await resolveDataDir(join(parent, "db"), "/");
    await (await start({ dataDir })).stop();
    await chmod(parent, 0o700);
    await expect(resolveDataDir(dataDir, "/")).rejects.toThrow(/can no longer reach/);
    await chmod(parent, 0o711);
  });
});

describe("the binaries", () => {
  test("get the links that an install without scripts leaves out", async () => {
    const root = join(newDataDir(), "native");
    await mkdir(join(root, "lib"), { recursive: true });
    await writeFile(join(root, "lib", "libpq.so.5.18"), "");
    const link = { source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" };
    await writeFile(join(root, "pg-symlinks.json"), JSON.stringify([link]));
    await Promise.all([completeSymlinks(root), completeSymlinks(root)]);
    expect(await realpath(join(root, "lib", "libpq.so.5"))).toBe(await realpath(join(root, "lib", "libpq.so.5.18")));
  });

  test("are copied once to where the database's OS user can run them", async ({ skip }) => {
    needRoot(skip);
    const folder = newDataDir();
    const user = await databaseUser(folder);
    if (!user) {
      throw new Error("root has a database user");
    }
    const installed = await installedBinaries();
    const closed = binariesAt(join(folder, "closed", "native"), installed);
    await cp(installed.root, closed.root, { recursive: true, verbatimSymlinks: true });
    await chmod(join(folder, "closed"), 0o700);
    const home = join(folder, "home");
    const [one, other] = await Promise.all([
      reachableBinaries(closed, user, home),
      reachableBinaries(closed, user, home),
    ]);
    expect(one).toEqual(other);
    expect(one.root.startsWith(join(home, `postgres-${installed.version}-`))).toBe(true);
    expect(await reachableBinaries(one, user, home)).toEqual(one);
    expect(await readdir(home)).toEqual([basename(one.root)]);

    // A copy that lost a file is made anew.
    await rm(one.postgres);
    const mended = await reachableBinaries(closed, user, home);
    expect((await stat(mended.postgres)).size).toBe((await stat(installed.postgres)).size);
  });
});

test("each test can have a database of its own", async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.url, "create table mine ()");
  await expect(query(other.url, "select from mine")).rejects.toMatchObject({ code: "42P01" });
  await one.drop();
  await expect(query(one.url, "select 1")).rejects.toMatchObject({ code: "3D000" });
  await other.drop();
});

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(options);
  started.push(postgres);
  return postgres;
}

function runService(dataDir: string, mode?: "own" | "share"): EmbeddedService {
  const service = runEmbeddedService(dataDir, mode);
  services.push(service);
  return service;
}

/** It would look alive to Postgres itself, which asks whether a process of its own user has the number. */
async function otherProgramOfDatabaseUser(dataDir: string): Promise<number> {
  const { uid, gid } = await stat(join(dataDir, "pg"));
  const bystander = spawn("sleep", ["60"], { ...(asRoot ? { uid, gid } : {}), cwd: "/", stdio: "ignore" });
  bystanders.push(bystander);
  await once(bystander, "spawn");
  return bystander.pid ?? Number.NaN;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

/** A zombie is not: the machine's init may reap an orphan late. */
async function isAlive(pid: number): Promise<boolean> {
  return (await processState(pid, inject("scratchDir"))) !== "gone";
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await sleep(20);
  }
}

function needRoot(skip: TestContext["skip"]): void {
  provenOnlyIf(skip, asRoot, { what: "the embedded Postgres under root", why: "not root", remedy: "run as root" });
}
