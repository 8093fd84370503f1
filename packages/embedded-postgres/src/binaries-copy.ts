import { createHash, randomUUID } from "node:crypto";
import { chmod, cp, lstat, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Binaries, binariesAt } from "./binaries.js";
import { completeSymlinks } from "./binaries-symlinks.js";
import { stateRoot } from "./data-dir.js";
import { errorCode, orMissing } from "./error-code.js";
import { EmbeddedPostgresError } from "./errors.js";
import { exists, makeFolder, nearestExisting } from "./folder.js";
import type { OsUser } from "./os-user.js";
import { canTraverse, canUse } from "./reach.js";

/** Path below the root and size of each file: enough to tell a whole copy from a cut one, without reading 60 MB. */
type Manifest = ReadonlyMap<string, number>;

const abandonedAfterMs = 3_600_000;

/**
 * The binaries themselves if the user can run them where they are; else a copy of them under `home`, owned by root, made
 * once for each version.
 */
export async function reachableBinaries(installed: Binaries, user: OsUser, home = stateRoot): Promise<Binaries> {
  if (await canRun(user, installed)) {
    await completeSymlinks(installed.root);
    return installed;
  }
  if (!(await canTraverse(user, await nearestExisting(home)))) {
    throw new EmbeddedPostgresError(
      `The database's OS user (uid ${user.uid}) can reach neither ${installed.root} nor ${home}. Let it pass through ` +
        "one of them (chmod o+x), run Altalune as an ordinary user, or set DATABASE_URL.",
    );
  }
  await makeFolder(home, 0o755);
  const manifest = await manifestOf(installed.root);
  const root = join(home, `postgres-${installed.version}-${digestOf(manifest)}`);
  if (!(await holdsAll(root, manifest))) {
    await placeCopy(installed.root, root, manifest);
  }
  return binariesAt(root, installed);
}

async function canRun(user: OsUser, { root, postgres, initdb }: Binaries): Promise<boolean> {
  if (!(await canTraverse(user, dirname(postgres)))) {
    return false;
  }
  // npm unpacks a package under one umask, so a few of its files speak for the rest.
  const samples = [postgres, initdb, join(root, "lib"), join(root, "share", "postgresql", "postgres.bki")];
  for (const sample of samples) {
    if (!canUse(user, await stat(sample))) {
      return false;
    }
  }
  return true;
}

/** Made aside and renamed into place, so that a copy is there whole or not at all, whoever else makes one. */
async function placeCopy(from: string, to: string, manifest: Manifest): Promise<void> {
  await removeAbandoned(dirname(to));
  const aside = join(dirname(to), `.copy-${randomUUID()}`);
  const broken = join(dirname(to), `.copy-${randomUUID()}`);
  try {
    await cp(from, aside, { recursive: true, verbatimSymlinks: true });
    await openToAll(aside);
    await completeSymlinks(aside);
    if ((await exists(to)) && !(await holdsAll(to, manifest))) {
      // A copy that lost files. A server that runs from it keeps what it has open.
      await rename(to, broken);
    }
    await rename(aside, to);
  } catch (error) {
    const anotherWasFaster = ["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errorCode(error) ?? "");
    if (!(anotherWasFaster && (await holdsAll(to, manifest)))) {
      throw error;
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
    await rm(broken, { recursive: true, force: true });
  }
}

async function manifestOf(root: string): Promise<Manifest> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = files.map(async (file) => [file.slice(root.length + 1), (await lstat(file)).size] as const);
  return new Map((await Promise.all(sizes)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(manifest: Manifest): string {
  return createHash("sha256")
    .update(JSON.stringify([...manifest]))
    .digest("hex")
    .slice(0, 12);
}

async function holdsAll(root: string, manifest: Manifest): Promise<boolean> {
  if (!(await exists(root))) {
    return false;
  }
  const found = await manifestOf(root);
  await completeSymlinks(root);
  return [...manifest].every(([file, size]) => found.get(file) === size);
}

/** Undoes the umask under which the package was installed. Owner and group are root's, as root made the copy. */
async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755);
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) {
      const path = join(entry.parentPath, entry.name);
      const runs = entry.isDirectory() || ((await lstat(path)).mode & 0o100) !== 0;
      await chmod(path, runs ? 0o755 : 0o644);
    }
  }
}

/** What a copy that was killed left behind; younger ones may still be at work. */
async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const path = join(home, name);
    const copy = name.startsWith(".copy-") ? await orMissing(stat(path)) : undefined;
    if (copy && Date.now() - copy.ctimeMs > abandonedAfterMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
