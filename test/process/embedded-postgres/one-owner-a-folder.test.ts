import { setTimeout as sleep } from "node:timers/promises";
import { DataDirInUseError } from "@altalune/embedded-postgres";
import { describe, expect, test } from "vitest";
import { madeDataDir, newDataDir } from "../../support/made-data-dir.js";
import { isAlive, query, runService, start, until } from "./servers.js";

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

  test("a service waits for a command for longer than for another service", async () => {
    const dataDir = await madeDataDir();
    const command = await start({ dataDir, share: true });
    const services = [start({ dataDir }), start({ dataDir })];
    const refusals = services.map((service) =>
      service.then(
        () => Promise.reject(new Error("it started beside the command")),
        (error: unknown) => error,
      ),
    );
    expect(await Promise.any(refusals)).toBeInstanceOf(DataDirInUseError);
    await command.stop();
    const started = (await Promise.allSettled(services)).flatMap((end) =>
      end.status === "fulfilled" ? [end.value] : [],
    );
    expect(started).toHaveLength(1);
    expect(await query(started[0]?.url ?? "", "select 1 as one")).toEqual([{ one: 1 }]);
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
