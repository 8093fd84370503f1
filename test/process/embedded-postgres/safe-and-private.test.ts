import { existsSync } from "node:fs";
import { appendFile, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { madeDataDir, newDataDir } from "../../support/made-data-dir.js";
import { modeOf, query, start } from "./servers.js";

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
});
