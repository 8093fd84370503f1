import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { madeDataDir, newDataDir } from "../../support/made-data-dir.js";
import { isAlive, query, start } from "./servers.js";

describe("the embedded Postgres", () => {
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
