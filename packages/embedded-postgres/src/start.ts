import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.js";
import { urlOf } from "./connect.js";
import { DataDirInUseError, EmbeddedPostgresError } from "./errors.js";
import { findRunning, type Postmaster } from "./find-running.js";
import { joinAsGuest } from "./guests.js";
import { guestHandle, ownerHandle, type Serving } from "./handle.js";
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from "./interface.js";
import { type Launched, launch, OvertakenError } from "./launch.js";
import { claimOwnership } from "./ownership.js";
import { prepareCluster } from "./prepare-cluster.js";
import { stopPostmaster } from "./stop-postmaster.js";

/** How long starts and stops of others may come in between. */
const timeoutMs = 30_000;

/**
 * Starts the Postgres of a data folder, or takes over the one that an earlier run, killed, left running there.
 *
 *     const postgres = await startEmbeddedPostgres({ dataDir: await resolveDataDir(undefined, process.cwd()) });
 *     const pool = new pg.Pool({ connectionString: postgres.url });
 *     …
 *     await postgres.stop();
 *
 * Nothing needs to lock the folder while this looks around: Postgres lets one server have a cluster, and a lock in that
 * server lets one process own it. A start that lost a race to another looks again.
 *
 * @throws DataDirInUseError when another process owns the server, unless `share` is set
 * @throws the signal's reason, when it was given up
 * @throws EmbeddedPostgresError when there is no Postgres for this platform, or it does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(options);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await startOnce(cluster, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof OvertakenError) || performance.now() > deadline) {
        throw error;
      }
      await sleep(100);
    }
  }
}

async function startOnce(
  cluster: Cluster,
  { logger, settings, share, signal }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { layout, password } = cluster;
  const running = await findRunning(layout, password, logger, signal);
  const server: Postmaster & Partial<Launched> = running ?? (await launch(cluster, settings ?? {}, signal));
  const endpoint = { port: server.port, password };
  const serving: Serving = {
    pid: server.pid,
    endpoint,
    url: urlOf(endpoint),
    adopted: running !== undefined,
    layout,
    logger,
  };
  try {
    if (share && running) {
      return guestHandle(serving, await joinAsGuest(endpoint));
    }
    const ownership = await claimOwnership(endpoint, !share, logger, signal);
    if (ownership) {
      const facts = { dataDir: layout.dataDir, pid: server.pid, port: server.port };
      logger?.info(
        facts,
        running ? "Took over the embedded Postgres of an earlier run." : "Started the embedded Postgres.",
      );
      return ownerHandle(serving, ownership, server.ended, share ?? false);
    }
    if (share) {
      return guestHandle(serving, await joinAsGuest(endpoint));
    }
    throw new DataDirInUseError(layout.dataDir);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) {
      throw error;
    }
    // The connection failed: the server is being stopped, or has crashed.
    if (!running) {
      await stopPostmaster(server.pid, layout.pgData);
    }
    throw new OvertakenError(`The embedded Postgres in ${layout.dataDir} went away while it was being joined.`, {
      cause: error,
    });
  }
}
