import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import { Registry } from "prom-client";
import { createServices, type Services } from "../../../src/app/context.js";
import { routes } from "../../../src/app/routes.js";
import { createLogger } from "../../../src/platform/logger.js";
import { MasterKey } from "../../../src/platform/master-key.js";
import { createDatabase, type Database } from "../../../src/platform/postgres/database.js";
import { createPool } from "../../../src/platform/postgres/pool.js";
import { PublicUrl } from "../../../src/platform/public-url.js";
import { credentialResolvers } from "../../../src/server/authority/credentials/resolvers.js";
import { createAuthorityGate } from "../../../src/server/authority/gate.js";
import { type Server, startServer } from "../../../src/server/server.js";
import { createTestDatabase } from "../../support/database.js";
import { type Clients, createClients, transportTo } from "../../support/instance.js";
import { environmentKey } from "./root-keys.js";

/** A server and what it counts. */
export interface Twin {
  readonly server: Server;
  readonly port: number;
  readonly metrics: Registry;
}

/** The same services behind two servers: one has warm verification and the unary face, the other the adapter alone. */
export interface Twins extends AsyncDisposable {
  readonly faces: Twin;
  readonly adapter: Twin;
  readonly services: Services;
  readonly db: Kysely<Database>;
  readonly clients: Clients;
  /** Of the services, which both share. */
  readonly metrics: Registry;
  readonly logLines: readonly string[];
  /** How often a digest was looked up in the database. */
  readonly lookUps: () => number;
  stop(): Promise<void>;
}

export interface TwinsOptions {
  readonly corsOrigins?: readonly string[];
  /** Without, the lease never holds. */
  readonly listens?: boolean;
}

export async function startTwins({ corsOrigins = [], listens = true }: TwinsOptions = {}): Promise<Twins> {
  const database = await createTestDatabase();
  const logLines: string[] = [];
  const logger = createLogger("debug", { write: (line) => void logLines.push(line) });
  let lookUps = 0;
  const db = createDatabase(createPool(database.url, { max: 25, logger }), {
    log: ({ query }) => {
      lookUps += /from "altalune_api_key_secrets" where "digest" =/.test(query.sql) ? 1 : 0;
    },
  });
  const metrics = new Registry();
  const services = await createServices({
    db,
    masterKey: new MasterKey(randomBytes(32)),
    publicUrl: new PublicUrl("http://localhost"),
    environmentKey,
    metrics,
    listen: { url: database.url, leaseMs: 30_000, logger },
  });
  const start = async (warmVerification: Services | undefined): Promise<Twin> => {
    const own = new Registry();
    const server = await startServer({
      host: "127.0.0.1",
      port: 0,
      corsOrigins,
      trustedProxies: ["loopback"],
      logger,
      metrics: own,
      routes: routes(services),
      requestGate: createAuthorityGate(credentialResolvers(services)),
      interceptors: [],
      warmVerification,
      adapterOnly: warmVerification === undefined,
      readiness: async () => ({ ready: true, reasons: [] }),
      drainTimeoutMs: 5_000,
    });
    return { server, port: server.port, metrics: own };
  };
  const faces = await start(services);
  const adapter = await start(undefined);
  // What a test prepares is not counted by the two.
  const setUp = await start(undefined);
  if (listens) {
    services.link?.start();
    while (!services.lease.holds()) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const stop = async () => {
    await services.link?.stop();
    await faces.server.close();
    await adapter.server.close();
    await setUp.server.close();
    await db.destroy();
    await database.drop();
  };
  return {
    faces,
    adapter,
    services,
    db,
    clients: createClients(transportTo(setUp.server.url, environmentKey)),
    metrics,
    logLines,
    lookUps: () => lookUps,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
