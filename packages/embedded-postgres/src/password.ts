import { randomBytes, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, open, rm } from "node:fs/promises";
import { errorCode, orMissing } from "./error-code.js";
import { EmbeddedPostgresError } from "./errors.js";
import { exists } from "./folder.js";
import type { Layout } from "./layout.js";

/**
 * The superuser's password, made at the first start. Two first starts at once agree on one: the file appears whole, under
 * a name that only one of them can take.
 */
export async function superuserPassword(layout: Layout): Promise<string> {
  const { dataDir, pgData, password: path } = layout;
  const known = await readPassword(path);
  if (known) {
    return known;
  }
  if ((await exists(pgData)) && !(await readPassword(path))) {
    throw new EmbeddedPostgresError(
      `There is a database in ${dataDir} but not its password: ${path} is missing or empty. Restore that file from a ` +
        "backup, or set ALTALUNE_DATA_DIR to another folder.",
    );
  }
  // Another first start may have made both since we looked: then its file takes the name, and is read below.
  const aside = `${path}.${randomUUID()}`;
  try {
    await writePrivately(aside, randomBytes(32).toString("base64url"));
    await link(aside, path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") {
      throw error;
    }
  } finally {
    await rm(aside, { force: true });
  }
  const agreed = await readPassword(path);
  if (!agreed) {
    throw new EmbeddedPostgresError(`${path} is empty: remove it, and start again.`);
  }
  return agreed;
}

/** Durably: the database will hold this password's digest and nothing else will hold the password. */
export async function writePrivately(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function readPassword(path: string): Promise<string | undefined> {
  // A symlink here is not ours; as root we would follow it anywhere.
  const file = await orMissing(open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)));
  if (!file) {
    return undefined;
  }
  await using reading = file;
  return (await reading.readFile("utf8")).trim() || undefined;
}
