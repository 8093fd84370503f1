import { expect } from "vitest";
import { newRootKey } from "../../rules/authority/root-keys.js";
import { ask, askAt, type Header, type Heard } from "../../rules/forward_auth/ask.js";
import type { TestInstance } from "../../support/instance.js";
import { test as onInstance } from "../../support/shared-instance.js";
import { makeVerdictKeys } from "../../support/verdict-keys.js";
import { runService, type ServiceProcess } from "../chaos/service-process.js";
import { type GatewayProgram, startGateway } from "./gateway.js";
import { startUpstream, type Upstream } from "./upstream.js";

/** The API that gateways stand before, and what its clients and they have. */
export interface Api {
  readonly instance: TestInstance;
  readonly upstream: Upstream;
  readonly projectId: string;
  /** What gateways ask with. */
  readonly rootKey: string;
  /** Clients' keys, by what is the matter with them. */
  readonly keys: Readonly<Record<string, string>>;
}

/** A test of gateways before one API. */
export const test = onInstance.extend("api", { scope: "worker" }, async ({ instance }, { onCleanup }): Promise<Api> => {
  const { projectId, make, keys } = await makeVerdictKeys(instance, {
    all: { scopes: ["orders:read", "orders:list"], ownerId: "zoe %" },
  });
  const nobodys = await make({ ownerId: "" });
  const limited = await make({ rateLimits: { perDay: 1_000_000 } });
  const root = await newRootKey(instance, { scopes: ["api_keys:verify"], projects: [projectId] });
  const upstream = await startUpstream();
  onCleanup(() => upstream.close());
  return {
    instance,
    upstream,
    projectId,
    rootKey: root.value,
    keys: { ...keys, "nobody's": nobodys.value, limited: limited.value },
  };
});

/** The API behind a gateway. */
export interface Guarded extends AsyncDisposable {
  readonly api: Api;
  readonly altalune: ServiceProcess;
  /** What the gateway has printed. */
  printed(): string;
  /** Calls the API as a client does. */
  call(key: string | undefined, headers?: readonly Header[], path?: string): Promise<Heard>;
}

/** With a query that would say what is asked, if it were read. */
export const target = "/v1/orders?cost=0&project_id=23456789abcdef&scope=none";

/** A gateway before the API, and an Altalune of its own that a test can stop. */
export async function guardBy(path: string, program: GatewayProgram, api: Api): Promise<Guarded> {
  const { instance, upstream, projectId, rootKey, keys } = api;
  const altalune = runService({
    DATABASE_URL: instance.databaseUrl,
    ALTALUNE_MASTER_KEY: instance.masterKey,
    ALTALUNE_DATABASE_POOL: "5",
    LOG_LEVEL: "error",
  });
  const url = await altalune.ready;
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
  // A process takes many times as long for its first answer as for those after it, and gateways wait two seconds.
  const first = { query: `project_id=${projectId}`, headers: [["X-API-Key", keys["VALID"] ?? ""]] } as const;
  expect((await ask({ url, rootKey }, first)).status).toBe(200);
  const gateway = await startGateway(path, program, {
    altalunePort: new URL(url).port,
    upstreamPort: upstream.port,
    rootKey,
    projectId,
  }).catch(async (error: unknown) => {
    altalune.signal("SIGKILL");
    await altalune.ended;
    throw error;
  });
  upstream.received();
  return {
    api,
    altalune,
    printed: gateway.printed,
    call: (key, headers = [], path = target) =>
      askAt(gateway.url, {
        target: path,
        headers: key === undefined ? headers : [["X-API-Key", key], ...headers],
      }),
    async [Symbol.asyncDispose]() {
      altalune.signal("SIGKILL");
      await Promise.all([altalune.ended, gateway.stop()]);
    },
  };
}
