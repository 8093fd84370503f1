import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chown, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { childEnvironment } from "./child-environment.js";
import type { Cluster } from "./cluster.js";
import { errorCode, orMissing } from "./error-code.js";
import { EmbeddedPostgresError } from "./errors.js";
import { exists } from "./folder.js";
import { superuser } from "./names.js";
import type { OsUser } from "./os-user.js";
import { writePrivately } from "./password.js";

const asidePrefix = "pg.new-";
/** An initdb takes a second or two; one that started this long ago was killed. */
const abandonedAfterMs = 600_000;

/**
 * Makes the cluster if there is none. initdb works in a folder aside that is renamed to `pg` when it is whole, so that a
 * kill at any moment, or another first start at the same time, leaves either no cluster or a good one.
 */
export async function initCluster(
  { layout, binaries, user, password }: Cluster,
  durable: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await exists(layout.pgData)) {
    return;
  }
  await removeAbandoned(layout.dataDir);
  const aside = join(layout.dataDir, `${asidePrefix}${process.pid}-${randomUUID()}`);
  const passwordFile = join(aside, "password");
  const cluster = join(aside, "pg");
  try {
    await mkdir(aside, { mode: 0o700 });
    await mkdir(cluster, { mode: 0o700 });
    await writePrivately(passwordFile, password);
    if (user) {
      for (const each of [passwordFile, cluster, aside]) {
        await chown(each, user.uid, user.gid);
      }
    }
    const args = [
      ...["--pgdata", cluster, "--username", superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256"],
      // The builtin provider sorts and folds case alike on every platform, with no locale of the machine's.
      ...["--encoding", "UTF8", "--no-locale", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
      ...["--data-checksums", "--no-instructions", ...(durable ? [] : ["--no-sync"])],
    ];
    await runInitdb(binaries.initdb, args, { dataDir: layout.dataDir, user, signal });
    await rename(cluster, layout.pgData);
    await syncFolder(layout.dataDir);
  } catch (error) {
    const anotherWasFaster = ["ENOTEMPTY", "EEXIST", "EPERM"].includes(errorCode(error) ?? "");
    if (!(anotherWasFaster && (await exists(layout.pgData)))) {
      throw error;
    }
  } finally {
    await rm(aside, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runInitdb(
  initdb: string,
  args: readonly string[],
  { dataDir, user, signal }: { dataDir: string; user: OsUser | undefined; signal: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(initdb, args, {
    ...user,
    cwd: dataDir,
    env: childEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  let output = "";
  const keep = (text: string) => {
    output = (output + text).slice(-2000);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  const ended = Promise.withResolvers<string | undefined>();
  child.once("error", (error) => ended.resolve(error.message));
  child.once("close", (code, signal) => ended.resolve(code === 0 ? undefined : `it ended with ${code ?? signal}`));
  // It removes what it made, and ends.
  const giveUp = () => void child.kill();
  signal?.addEventListener("abort", giveUp);
  const fault = await ended.promise;
  signal?.removeEventListener("abort", giveUp);
  signal?.throwIfAborted();
  if (fault !== undefined) {
    throw new EmbeddedPostgresError(
      `The embedded Postgres could not make its database in ${dataDir}: ${fault}. Set DATABASE_URL to use a ` +
        `Postgres of your own. initdb said:\n${output.trim()}`,
    );
  }
}

async function removeAbandoned(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const path = join(dataDir, name);
    if (name.startsWith(asidePrefix) && (await isAbandoned(name, path))) {
      // An orphaned initdb may still be writing there; what resists goes at a later start.
      await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    }
  }
}

/** The maker's pid is in the name; where that number lives on as another process, the age tells. */
async function isAbandoned(name: string, path: string): Promise<boolean> {
  const maker = Number.parseInt(name.slice(asidePrefix.length), 10);
  if (!Number.isInteger(maker) || maker <= 0) {
    return true;
  }
  try {
    process.kill(maker, 0);
  } catch (error) {
    return errorCode(error) === "ESRCH";
  }
  const folder = await orMissing(stat(path));
  return folder !== undefined && Date.now() - folder.ctimeMs > abandonedAfterMs;
}

/** Makes a rename survive a power cut. Windows cannot open folders, and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform !== "win32") {
    await using folder = await open(path, "r");
    await folder.sync();
  }
}
