import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { MasterKey } from "../platform/master-key.js";
import type { Database } from "../platform/postgres/database.js";
import { findSetting } from "../platform/postgres/settings.js";

/** The file holds no master key, or is gone although the database was set up with one. */
export class MasterKeyFileError extends Error {
  override readonly name = "MasterKeyFileError";

  constructor(path: string, fault: "does not hold a master key" | "is gone") {
    super(
      `${path} ${fault}: restore it from the backup that belongs to this database, or set ALTALUNE_MASTER_KEY to what it held`,
    );
  }
}

const fileName = "master-key";
const keyLength = 32;
/** The database's advisory lock for making it; "altalunk" in ASCII. */
const makingLock = 0x616c74616c756e6bn;

/**
 * The master key of the embedded database: a file that only its owner can read, made at the first start. Of a service and
 * commands that start at once one makes it, since the database would fit the key of one only.
 *
 * @returns 32 bytes
 * @throws MasterKeyFileError
 */
export async function ownMasterKey(db: Kysely<Database>, dataDir: string): Promise<Buffer> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${String(makingLock)}::bigint)`.execute(tx);
    const kept = await readMasterKey(dataDir);
    if (kept === undefined && (await findSetting(tx, "master_key_id")) !== undefined) {
      throw new MasterKeyFileError(join(dataDir, fileName), "is gone");
    }
    return kept ?? makeMasterKey(dataDir);
  });
}

async function readMasterKey(dataDir: string): Promise<Buffer | undefined> {
  const path = join(dataDir, fileName);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
  const key = Buffer.from(text.trim(), "base64");
  if (key.length !== keyLength) {
    throw new MasterKeyFileError(path, "does not hold a master key");
  }
  return key;
}

/** A crash, of the machine too, leaves the file whole or absent; absent, nothing is under its key yet. */
async function makeMasterKey(dataDir: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, fileName);
  const unfinished = `${path}.${process.pid}`;
  const text = MasterKey.generate();
  await using file = await open(unfinished, "w", 0o600);
  await file.writeFile(text);
  await file.sync();
  await rename(unfinished, path);
  // Windows cannot open folders, and needs no such thing.
  if (process.platform !== "win32") {
    await using folder = await open(dataDir, "r");
    await folder.sync();
  }
  return Buffer.from(text, "base64");
}
