import { chmod, cp, mkdir, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { binariesAt } from "../../../packages/embedded-postgres/src/binaries.js";
import { reachableBinaries } from "../../../packages/embedded-postgres/src/binaries-copy.js";
import { completeSymlinks } from "../../../packages/embedded-postgres/src/binaries-symlinks.js";
import { installedBinaries } from "../../../packages/embedded-postgres/src/installed-binaries.js";
import { databaseUser } from "../../../packages/embedded-postgres/src/os-user.js";
import { newDataDir } from "../../support/made-data-dir.js";
import { needRoot } from "./servers.js";

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
