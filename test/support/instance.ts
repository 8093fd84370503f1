import { randomBytes } from "node:crypto";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Kysely } from "kysely";
import { ApiKeyService } from "../../gen/altalune/v1/api_key_pb.js";
import { AuditService } from "../../gen/altalune/v1/audit_pb.js";
import { ExposureService } from "../../gen/altalune/v1/exposure_pb.js";
import { MyApiKeyService } from "../../gen/altalune/v1/my_api_key_pb.js";
import { PortalService } from "../../gen/altalune/v1/portal_pb.js";
import { ProjectService } from "../../gen/altalune/v1/project_pb.js";
import { TierService } from "../../gen/altalune/v1/tier_pb.js";
import { UsageService } from "../../gen/altalune/v1/usage_pb.js";
import { UserService } from "../../gen/altalune/v1/user_pb.js";
import { VerificationService } from "../../gen/altalune/v1/verification_pb.js";
import { WebhookService } from "../../gen/altalune/v1/webhook_pb.js";
import { readConfig } from "../../src/app/config.js";
import { createServices, type Services } from "../../src/app/context.js";
import { startInstance } from "../../src/app/instance.js";
import { connectionsOfProcess } from "../../src/app/pool-budget.js";
import { createLogger } from "../../src/platform/logger.js";
import { MasterKey } from "../../src/platform/master-key.js";
import type { Database } from "../../src/platform/postgres/database.js";
import { openDatabase } from "../../src/platform/postgres/open.js";
import { createTestDatabase } from "./database.js";
import { restTransport } from "./rest-transport.js";

/** A generated client of each service. */
export interface Clients {
  readonly projects: Client<typeof ProjectService>;
  readonly apiKeys: Client<typeof ApiKeyService>;
  readonly verification: Client<typeof VerificationService>;
  readonly tiers: Client<typeof TierService>;
  readonly usage: Client<typeof UsageService>;
  readonly audit: Client<typeof AuditService>;
  readonly portal: Client<typeof PortalService>;
  readonly myApiKeys: Client<typeof MyApiKeyService>;
  readonly users: Client<typeof UserService>;
  readonly webhooks: Client<typeof WebhookService>;
  readonly exposures: Client<typeof ExposureService>;
}

/** A running server of the whole product on a database of the test's own. */
export interface TestInstance extends AsyncDisposable {
  readonly url: string;
  /** Where gateways ask that send no root key; undefined: nowhere. */
  readonly gatewayUrl: string | undefined;
  readonly databaseUrl: string;
  readonly db: Kysely<Database>;
  readonly masterKey: string;
  /** The first root key, which may do everything. */
  readonly rootKey: string;
  /** Where its first owner registers; undefined: this start made none. */
  readonly setupUrl: string | undefined;
  /** Clients that hold the first root key. */
  readonly clients: Clients;
  /** Services on the same database, as the command line has them: what the instance holds in memory is not theirs. */
  readonly services: Services;
  /** Every line that was logged. */
  readonly logLines: readonly string[];
  /** Clients that hold another root key; undefined: none. */
  clientsWith(rootKey: string | undefined): Clients;
  stop(): Promise<void>;
}

export interface TestInstanceOptions {
  /** The database and master key of another instance, to run beside it; undefined: a fresh database. */
  readonly beside?: Pick<TestInstance, "databaseUrl" | "masterKey" | "rootKey">;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startTestInstance({ beside, env = {} }: TestInstanceOptions = {}): Promise<TestInstance> {
  const database = beside === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = beside?.databaseUrl ?? database?.url ?? "";
  const masterKey = beside?.masterKey ?? randomBytes(32).toString("base64");
  const config = readConfig({ DATABASE_URL: databaseUrl, ALTALUNE_MASTER_KEY: masterKey, PORT: "0", ...env });
  const logLines: string[] = [];
  const logger = createLogger(env["LOG_LEVEL"] ?? "trace", { write: (line) => void logLines.push(line) });
  const connections = connectionsOfProcess(config.database.connections, config.workers);
  const db = await openDatabase(databaseUrl, { poolSize: connections.work, logger });
  const key = new MasterKey(Buffer.from(masterKey, "base64"));
  let setupUrl: string | undefined;
  let rootKey = beside?.rootKey ?? config.rootKey;
  const instance = await startInstance({
    config,
    db,
    connections,
    databaseUrl,
    listenUrl: config.database.listenUrl ?? databaseUrl,
    masterKey: key,
    logger,
    announce: (_url, first) => {
      rootKey ??= first.rootKey;
      setupUrl = first.setupUrl;
    },
  });
  await settle(instance.url);
  const stop = async () => {
    await instance.drain();
    await instance.close();
    await db.destroy();
    await database?.drop();
  };
  return {
    url: instance.url,
    gatewayUrl: instance.gatewayUrl,
    databaseUrl,
    db,
    masterKey,
    rootKey: rootKey ?? "",
    setupUrl,
    clients: createClients(transportTo(instance.url, rootKey)),
    services: await createServices({ db, masterKey: key, environmentKey: undefined }),
    logLines,
    clientsWith: (other) => createClients(transportTo(instance.url, other)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export function createClients(transport: Transport): Clients {
  return {
    projects: createClient(ProjectService, transport),
    apiKeys: createClient(ApiKeyService, transport),
    verification: createClient(VerificationService, transport),
    tiers: createClient(TierService, transport),
    usage: createClient(UsageService, transport),
    audit: createClient(AuditService, transport),
    portal: createClient(PortalService, transport),
    myApiKeys: createClient(MyApiKeyService, transport),
    users: createClient(UserService, transport),
    webhooks: createClient(WebhookService, transport),
    exposures: createClient(ExposureService, transport),
  };
}

/** Connect over HTTP/1.1 with JSON: what curl and web pages speak; or REST, where TEST_FACE says so. */
export function transportTo(url: string, rootKey: string | undefined): Transport {
  const authorize: Interceptor = (next) => (request) => {
    if (rootKey !== undefined) {
      request.header.set("authorization", `Bearer ${rootKey}`);
    }
    return next(request);
  };
  const connect = createConnectTransport({
    baseUrl: url,
    httpVersion: "1.1",
    useBinaryFormat: false,
    interceptors: [authorize],
  });
  const overRest = process.env["TEST_FACE"] === "rest";
  return overRest ? restTransport(url, rootKey && `Bearer ${rootKey}`, connect) : connect;
}

/** Readiness needs a notification to have come back, a moment after the start; an instance that is never to be ready goes on. */
async function settle(url: string): Promise<void> {
  for (let waited = 0; waited < 3_000; waited += 50) {
    // Asked too early, the answer would be remembered for a second.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    if (ready === undefined || ready.ok) {
      return;
    }
  }
}
