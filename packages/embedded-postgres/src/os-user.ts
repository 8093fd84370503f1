import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { orMissing } from "./error-code.js";
import { EmbeddedPostgresError } from "./errors.js";
import { layoutOf } from "./layout.js";

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

const candidates = ["altalune", "postgres", "nobody"];

/**
 * Whom the database runs as: undefined stands for the user we are. Postgres refuses root, so root hands it to another
 * user. A database that exists stays with its owner: Postgres insists on that, and a better candidate may have been
 * added to the machine since.
 */
export async function databaseUser(dataDir: string): Promise<OsUser | undefined> {
  const { pgData } = layoutOf(dataDir);
  const ourUid = process.getuid?.();
  if (ourUid === undefined) {
    return undefined;
  }
  const owner = await orMissing(stat(pgData));
  if (ourUid !== 0) {
    if (owner && owner.uid !== ourUid) {
      throw new EmbeddedPostgresError(
        `The database in ${pgData} belongs to another OS user (uid ${owner.uid}). Run Altalune as the user that made it, ` +
          "or set ALTALUNE_DATA_DIR to another folder.",
      );
    }
    return undefined;
  }
  if (owner) {
    if (owner.uid === 0) {
      throw new EmbeddedPostgresError(
        `The database in ${pgData} belongs to root, whom Postgres refuses to serve. Give it back to its OS user with chown -R.`,
      );
    }
    return { uid: owner.uid, gid: owner.gid };
  }
  for (const name of candidates) {
    const user = await findUser(name);
    if (user) {
      return user;
    }
  }
  throw new EmbeddedPostgresError(
    `Postgres does not run as root, and none of the OS users ${candidates.join(", ")} exists. Create one ` +
      "(useradd --system altalune), run Altalune as an ordinary user, or set DATABASE_URL.",
  );
}

/** From /etc/passwd, which the smallest image has; else from `id`, which knows directories and macOS. */
async function findUser(name: string): Promise<OsUser | undefined> {
  const passwd = (await orMissing(readFile("/etc/passwd", "utf8"))) ?? "";
  const [, , uid, gid] = (passwd.split("\n").find((line) => line.startsWith(`${name}:`)) ?? "").split(":");
  return asUser(uid, gid) ?? asUser(await ask("-u", name), await ask("-g", name));
}

function asUser(uid: string | undefined, gid: string | undefined): OsUser | undefined {
  const user = { uid: Number.parseInt(uid ?? "", 10), gid: Number.parseInt(gid ?? "", 10) };
  return user.uid > 0 && user.gid >= 0 ? user : undefined;
}

async function ask(flag: "-u" | "-g", name: string): Promise<string> {
  try {
    return (await promisify(execFile)("id", [flag, name])).stdout;
  } catch {
    return "";
  }
}
