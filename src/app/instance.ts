import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { Gauge, Registry } from "prom-client";
import { systemCaller } from "../domain/caller.js";
import type { MasterKey } from "../platform/master-key.js";
import type { Database } from "../platform/postgres/database.js";
import { openForChecks } from "../platform/postgres/open.js";
import { DatabasePulse } from "../platform/postgres/pulse.js";
import { WriteCheck } from "../platform/postgres/write-check.js";
import { PublicUrl } from "../platform/public-url.js";
import { fulfilledWithin } from "../platform/timeout.js";
import { credentialResolvers } from "../server/authority/credentials/resolvers.js";
import { createAuthorityGate } from "../server/authority/gate.js";
import { limitLoad } from "../server/call/load.js";
import { answered, type Readiness } from "../server/ops/readiness.js";
import { startServer } from "../server/server.js";
import { type Config, isHere } from "./config.js";
import { createServices, type Services } from "./context.js";
import { gatewayListen } from "./gateway.js";
import { JobRunner } from "./job-runner.js";
import { createJobLimiter, startBackground } from "./jobs.js";
import { type ProcessConnections, poolBudget } from "./pool-budget.js";
import { routes } from "./routes.js";
import { readTlsIdentity } from "./tls.js";

export interface InstanceOptions {
  readonly config: Config;
  readonly db: Kysely<Database>;
  /** Those of `db`, and whether there is one for checks. */
  readonly connections: ProcessConnections;
  /** Where `db` leads to. */
  readonly databaseUrl: string;
  /** Where to listen for changes. */
  readonly listenUrl: string;
  readonly masterKey: MasterKey;
  readonly logger: Logger;
  /** Told of the instance before it says that it is ready, with what this start has made. */
  readonly announce: (url: string, first: FirstCredentials) => void | Promise<void>;
  /** Where this process is measured; undefined: in a registry of its own. */
  readonly metrics?: InstanceMetrics;
}

/** What the first start of all makes, to be shown once. */
export interface FirstCredentials {
  /** Undefined: it was made before, or is in the environment. */
  readonly rootKey: string | undefined;
  /** Where whoever opens it becomes an owner; undefined: it was made before, or browsers reach the service by an address that nobody has said. */
  readonly setupUrl: string | undefined;
}

export interface InstanceMetrics {
  readonly registry: Registry;
  /** What /metrics shows: of several processes on one port, all of them. */
  readonly expose: () => Promise<string | undefined>;
}

/** A server of the contract on an open database. */
export interface Instance {
  readonly url: string;
  /** Where gateways ask that send no root key; undefined: nowhere. */
  readonly gatewayUrl: string | undefined;
  /** Finishes the rpcs in flight and takes no more; the probes go on answering. */
  drain(): Promise<void>;
  /** Stops listening. */
  close(): Promise<void>;
}

const drainTimeoutMs = 20_000;
const closeMs = 1_000;

/**
 * Starts to serve. The port is taken first and says that it is not ready; then, if there never was a root key, the first
 * one is made and announced; then it is ready.
 *
 * @throws ConfigError when the certificate or its key cannot be used, or the root key for gateways
 * @throws ListenError
 * @throws MasterKeyMismatchError
 */
export async function startInstance({
  config,
  db,
  connections,
  databaseUrl,
  listenUrl,
  masterKey,
  logger,
  announce,
  metrics = ownMetrics(),
}: InstanceOptions): Promise<Instance> {
  const budget = poolBudget(connections.work);
  const checks = connections.checks ? openForChecks(databaseUrl, logger) : undefined;
  let runner: JobRunner | undefined;
  const services = await createServices({
    db,
    budget,
    checks: checks ?? db,
    masterKey,
    environmentKey: config.rootKey,
    publicUrl: new PublicUrl(config.publicUrl),
    registrationIsOpen: config.registrationIsOpen,
    corsOrigins: config.corsOrigins,
    egressAllow: config.egressAllow,
    webhookAllow: config.webhookAllow,
    // A start that failed is tried again with the next look.
    onWork: () => void runner?.look().catch(() => undefined),
    mail: config.mail,
    console: config.console,
    oidc: config.oidc,
    githubKeys: config.githubKeys,
    metrics: metrics.registry,
    listen: { url: listenUrl, leaseMs: config.database.cacheLeaseMs, logger },
  });
  const jobs = createJobLimiter(budget.jobs);
  const pulse = new DatabasePulse(checks ?? db);
  const writes = new WriteCheck(db, (step) => jobs.run(step, "checking whether changes can be made"));
  const readiness = observed(metrics.registry, () => readinessOf(services, pulse, writes));
  const credentials = credentialResolvers(services);
  let announced = false;
  const server = await startServer({
    host: config.host,
    port: config.port,
    tls: config.tls && (await readTlsIdentity(config.tls)),
    corsOrigins: config.corsOrigins,
    ownersPages: { knows: (origin) => services.projects.knowsOrigin(origin) },
    trustedProxies: config.trustedProxies,
    logger,
    metrics: metrics.registry,
    exposeMetrics: metrics.expose,
    routes: routes(services),
    requestGate: createAuthorityGate(credentials, services),
    interceptors: [
      limitLoad({
        reports: budget.reports,
        changes: services.changes,
        beats: () => pulse.beats(),
        onChange: writes,
      }),
    ],
    warmVerification: services,
    gateways: services,
    auth: { ...services, credentials },
    gateway: config.gateway && (await gatewayListen(config.gateway, services.rootKeys)),
    leaks: services.githubKeys && { keys: services.githubKeys, exposures: services.exposures },
    console: config.console,
    portal: config.console ? { framesOf: (projectId) => services.projects.framesOf(projectId) } : undefined,
    graphql: config.graphql && { ...config.graphql, publicUrl: services.publicUrl },
    readiness: async () => (announced ? readiness() : { ready: false, reasons: ["starting"] }),
    drainTimeoutMs,
  });
  if (server.gatewayUrl !== undefined) {
    logger.info(
      { url: server.gatewayUrl, root_key_id: config.gateway?.rootKeyId },
      "open to gateways without a root key",
    );
  }
  services.link?.start();
  if (isHere(config.host)) {
    services.publicUrl.listensAt(server.url);
  }
  try {
    const first = config.rootKey === undefined ? await services.rootKeys.createFirst(systemCaller) : undefined;
    const setup = await services.users.firstSetupLink();
    await announce(server.url, { rootKey: first?.keyValue, setupUrl: setup?.url });
    announced = true;
  } catch (error) {
    await services.link?.stop();
    await server.close();
    await closeInTime(checks);
    throw error;
  }
  runner = config.jobs && connections.jobs ? new JobRunner({ url: listenUrl, services, logger }) : undefined;
  const background = startBackground({ services, limiter: jobs, look: readiness, runner, logger });
  return {
    url: server.url,
    gatewayUrl: server.gatewayUrl,
    async drain() {
      await server.drain();
      await background.stop();
      await services.link?.stop();
      await closeInTime(checks);
    },
    close: () => server.close(),
  };
}

/** A question that hangs is not waited for. */
async function closeInTime(checks: Kysely<Database> | undefined): Promise<void> {
  await (checks && fulfilledWithin(checks.destroy(), closeMs));
}

function ownMetrics(): InstanceMetrics {
  const registry = new Registry();
  return { registry, expose: () => registry.metrics() };
}

async function readinessOf(
  { lease, notificationQueue }: Services,
  pulse: DatabasePulse,
  writes: WriteCheck,
): Promise<Readiness> {
  const reasons: string[] = [];
  if (!(await pulse.beats().catch(() => false))) {
    reasons.push("the database does not answer");
  }
  if (!lease.everHeld) {
    reasons.push("notifications do not come back; behind a transaction pooler, set ALTALUNE_LISTEN_URL to go past it");
  }
  const canVerify = reasons.length === 0;
  if (canVerify) {
    await notificationQueue.look();
    const refused = notificationQueue.isFull ? undefined : await writes.reason();
    if (notificationQueue.isFull) {
      reasons.push("the database's notification queue is full, so nothing can be changed; see docs/security.md");
    } else if (refused !== undefined) {
      reasons.push(`no change can be made: ${refused}`);
    }
  }
  return { ready: canVerify, reasons, canVerify, canChange: reasons.length === 0 };
}

/** The same, with what it last said in the metrics. It does not throw, and never takes long. */
function observed(registry: Registry, check: () => Promise<Readiness>): () => Promise<Readiness> {
  const gauge = new Gauge({
    name: "altalune_ready",
    help: "Whether this process can verify, and whether it can make changes, when it was last looked at.",
    labelNames: ["for"] as const,
    registers: [registry],
    aggregator: "min",
  });
  return async () => {
    const readiness = await answered(check);
    gauge.set({ for: "verification" }, readiness.canVerify === true ? 1 : 0);
    gauge.set({ for: "changes" }, readiness.canChange === true ? 1 : 0);
    return readiness;
  };
}
