import type { Cluster } from "./cluster.js";
import { EmbeddedPostgresError } from "./errors.js";
import { findBinaries } from "./find-binaries.js";
import { makeFolder } from "./folder.js";
import { initCluster } from "./init-cluster.js";
import type { EmbeddedPostgresOptions } from "./interface.js";
import { layoutOf } from "./layout.js";
import { databaseUser } from "./os-user.js";
import { superuserPassword } from "./password.js";
import { canTraverse } from "./reach.js";

/** Finds the cluster of a data folder, and makes it at the first start. */
export async function prepareCluster({ dataDir, settings, signal }: EmbeddedPostgresOptions): Promise<Cluster> {
  const layout = layoutOf(dataDir);
  const user = await databaseUser(dataDir);
  await makeFolder(dataDir, user ? 0o711 : 0o700);
  if (user && !(await canTraverse(user, dataDir))) {
    throw new EmbeddedPostgresError(
      `The database's OS user (uid ${user.uid}) cannot reach ${dataDir}. Let it pass through the folders above (chmod ` +
        "o+x), or set ALTALUNE_DATA_DIR to a folder that it can reach.",
    );
  }
  const binaries = await findBinaries(user);
  const password = await superuserPassword(layout);
  const cluster = { layout, binaries, user, password };
  await initCluster(cluster, settings?.["fsync"] !== "off", signal);
  return cluster;
}
