import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { EmbeddedPostgresError } from "./errors.js";
import { exists, makeFolder, nearestExisting } from "./folder.js";
import type { ServerLogger } from "./interface.js";
import { layoutOf } from "./layout.js";
import { databaseUser } from "./os-user.js";
import { canTraverse } from "./reach.js";

/** Where root keeps what the database's OS user could not reach elsewhere. */
export const stateRoot = "/var/lib/altalune";

/** Only we look in. */
const privateMode = 0o700;
/** The database's OS user passes through to its own folder, and can list nothing. */
const passageMode = 0o711;

/**
 * Decides where the data lives, and makes the folder when it is missing.
 *
 * That is `requested`, taken from `cwd` if relative, by default `.altalune`. As root the database runs as another OS user;
 * where that user cannot pass (a checkout under /root) the data gets a folder of its own under /var/lib/altalune, the
 * same one at each start. Data that is there already decides before anything else, so that a later chmod or a new OS user
 * never brings up an empty database beside the full one.
 *
 * @throws EmbeddedPostgresError when no OS user can run the database, or its user lost the way to it
 */
export async function resolveDataDir(
  requested: string | undefined,
  cwd: string,
  logger?: ServerLogger,
): Promise<string> {
  const wanted = resolve(cwd, requested || ".altalune");
  const user = await databaseUser(wanted);
  if (!user) {
    await makeFolder(wanted, privateMode);
    return wanted;
  }
  if (await exists(layoutOf(wanted).pgData)) {
    if (!(await canTraverse(user, wanted))) {
      throw new EmbeddedPostgresError(
        `There is a database in ${wanted}, but its OS user (uid ${user.uid}) can no longer reach it. Let it pass through ` +
          "the folders above (chmod o+x), or move the folder and set ALTALUNE_DATA_DIR.",
      );
    }
    return wanted;
  }
  const own = join(stateRoot, await slotName(wanted));
  if (!(await exists(layoutOf(own).pgData)) && (await canTraverse(user, await nearestExisting(wanted)))) {
    await makeFolder(wanted, passageMode);
    return wanted;
  }
  await makeFolder(own, passageMode);
  logger?.info(
    { dataDir: own, requested: wanted },
    "The database's OS user cannot reach the requested data folder: the data lives in a folder of its own.",
  );
  return own;
}

/** One name for one place, however it was spelled: `root-checkout-altalune-1f0c9a2b`. */
async function slotName(wanted: string): Promise<string> {
  const nearest = await nearestExisting(wanted);
  const place = join(await realpath(nearest), relative(nearest, wanted));
  const readable = place
    .replace(/[^a-zA-Z0-9]+/g, "-")
    .slice(-40)
    .replace(/^-|-$/g, "");
  const hash = createHash("sha256").update(place).digest("hex").slice(0, 8);
  return [readable, hash].filter(Boolean).join("-");
}
