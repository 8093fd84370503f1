import type { Binaries } from "./binaries.js";
import { reachableBinaries } from "./binaries-copy.js";
import { completeSymlinks } from "./binaries-symlinks.js";
import { installedBinaries } from "./installed-binaries.js";
import type { OsUser } from "./os-user.js";

/**
 * The Postgres of the npm package for this platform, at a place where the database's OS user can run it.
 *
 * @throws EmbeddedPostgresError when there is none for this platform, or it is not installed whole
 */
export async function findBinaries(user: OsUser | undefined): Promise<Binaries> {
  const installed = await installedBinaries();
  if (user) {
    return await reachableBinaries(installed, user);
  }
  await completeSymlinks(installed.root);
  return installed;
}
