import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { madeDataDir, newDataDir } from "../../support/made-data-dir.js";
import { asRoot, isAlive, query, runService, start, until } from "./servers.js";

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

/** It would look alive to Postgres itself, which asks whether a process of its own user has the number. */
async function otherProgramOfDatabaseUser(dataDir: string): Promise<number> {
  const { uid, gid } = await stat(join(dataDir, "pg"));
  const bystander = spawn("sleep", ["60"], { ...(asRoot ? { uid, gid } : {}), cwd: "/", stdio: "ignore" });
  onTestFinished(() => void bystander.kill());
  await once(bystander, "spawn");
  return bystander.pid ?? Number.NaN;
}
