import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type EmbeddedPostgres, resolveDataDir } from "@altalune/embedded-postgres";
import { describe, expect, test } from "vitest";
import { newDataDir } from "../../support/made-data-dir.js";
import { asRoot, modeOf, needRoot, query, start } from "./servers.js";

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
    let postgres: EmbeddedPostgres | undefined;
    try {
      expect(dataDir).toMatch(new RegExp(`^/var/lib/altalune/.*${basename(closed).slice(-6)}.*-[0-9a-f]{8}$`));
      postgres = await start({ dataDir });
      expect(await query(postgres.url, "select 1 as one")).toEqual([{ one: 1 }]);
      await postgres.stop();
      expect(await modeOf(closed)).toBe(0o700);
      expect(await readdir(closed)).toEqual([]);

      // The data decides from now on, whatever happens to the folder.
      await chmod(closed, 0o755);
      expect(await resolveDataDir(undefined, closed)).toBe(dataDir);
    } finally {
      await postgres?.stop();
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
