import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { newRootKey } from "../../rules/authority/root-keys.js";
import { askAt, type Header, type Heard } from "../../rules/forward_auth/ask.js";
import { expireKey } from "../../support/expire.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";
import { runService, type ServiceProcess } from "../chaos/service-process.js";
import { type GatewayProgram, startGateway } from "./gateway.js";
import { startUpstream, type Upstream } from "./upstream.js";

let manager: TestInstance;
let upstream: Upstream;
let projectId: string;
let rootKey: string;
const keys: Record<string, string> = {};
beforeAll(async () => {
  manager = await startTestInstance();
  upstream = await startUpstream();
  const { clients } = manager;
  projectId = await newProject(clients, { maxKeysPerOwner: 0 });
  rootKey = (await newRootKey(manager, { scopes: ["api_keys:verify"], projects: [projectId] })).value;
  const make = async (name: string, settings = {}) => {
    const { id, value } = await newApiKey(clients, projectId, {
      scopes: ["orders:read", "orders:list"],
      ownerId: "zoe %",
      ...settings,
    });
    keys[name] = value;
    return { projectId, apiKeyId: id };
  };
  await make("good");
  await make("nobody's", { ownerId: "" });
  await clients.apiKeys.revokeApiKey({ ...(await make("revoked")), reason: RevocationReason.SUPERSEDED });
  await clients.apiKeys.deactivateApiKey(await make("disabled"));
  await expireKey(manager.db, (await make("expired")).apiKeyId);
  await make("without the scope", { scopes: ["orders:list"] });
  await make("limited", { rateLimits: { perDay: 1_000_000 } });
  await make("used up", { rateLimits: { perDay: 1 } });
  await clients.verification.verifyApiKey({ key: keys["used up"] ?? "", requiredScopes: ["orders:read"] });
  keys["garbage"] = "garbage";
  keys["600 characters"] = "k".repeat(600);
});
afterAll(async () => {
  upstream.close();
  await manager.stop();
});

/** What a client sees. */
const statuses: readonly (readonly [key: string, status: number, challenge: RegExp | undefined])[] = [
  ["none", 401, /^Bearer realm="[a-z0-9]{14}"$/],
  ["garbage", 401, /invalid_token/],
  ["600 characters", 401, /invalid_token/],
  ["revoked", 410, /invalid_token/],
  ["disabled", 401, /invalid_token/],
  ["expired", 401, /invalid_token/],
  ["without the scope", 403, /insufficient_scope/],
  ["used up", 429, undefined],
];

const identityNames = ["Owner-Id", "Key-Id", "Project-Id", "Scopes", "Tier", "Key-Name"];

/** What a client makes up to be somebody else, or to be let in. */
const forged: readonly Header[] = [
  ...identityNames.flatMap((name): readonly Header[] => [
    [`X-Altalune-${name}`, "admin"],
    [`x-altalune-${name.toLowerCase()}`, "admin"],
    [`X_Altalune_${name.replace("-", "_")}`, "admin"],
    [`X-Altalune_${name}`, "admin"],
    [`X_altalune-${name}`, "admin"],
    [`X-ALTALUNE-${name.replace("-", "_")}`, "admin"],
  ]),
  ["X-Altalune-Root-Key", "admin"],
  ["X-Altalune-Require-Cost", "0"],
  ["X-Altalune-Require-Scopes", "admin"],
  ["X-Altalune-Status", "200"],
];

const programs: readonly GatewayProgram[] = [
  {
    name: "nginx",
    args: ["-p", ".", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off; pid nginx.pid;"],
    // Debian's are in /var, where not everybody may write.
    adapt: (text) =>
      text.replace(
        "http {",
        `http { access_log off; ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind}_temp;`).join(" ")}`,
      ),
  },
  envoy("grpc.yaml"),
  envoy("http.yaml"),
  { name: "caddy", args: ["run", "--config", "Caddyfile", "--adapter", "caddyfile"] },
  { name: "haproxy", args: ["-f", "haproxy.cfg"] },
];

describe.each(programs.map((program) => [titleOf(program), program] as const))("behind %s", (_title, program) => {
  const { name } = program;
  test("good keys get through, with whose they are, and nobody else does, whatever a client makes up", async ({
    skip,
  }) => {
    await using guarded = await guardBy(needTool(skip, name), program);
    await expectGoodKeysGetThrough(guarded);
    await expectRefusals(guarded);
    await expectForgedToBeGone(guarded);
  });

  test("while Altalune is stopped or gone nobody gets through, and all do again when it is back", async ({ skip }) => {
    await using guarded = await guardBy(needTool(skip, name), program);
    const { altalune, call } = guarded;
    expect((await call(keys["good"])).status).toBe(200);
    upstream.received();
    altalune.signal("SIGSTOP");
    await expectUnavailable(guarded);
    altalune.signal("SIGCONT");
    await expect.poll(async () => (await call(keys["good"])).status).toBe(200);
    upstream.received();
    altalune.signal("SIGKILL");
    await altalune.ended;
    await expectUnavailable(guarded);
  });

  test("asks once where no answer comes, since each question may spend from a limit", async ({ skip }) => {
    const path = needTool(skip, name);
    let questions = 0;
    const silent = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        questions += 1;
      });
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const altalunePort = String((silent.address() as AddressInfo).port);
    const gateway = await startGateway(path, program, {
      altalunePort,
      upstreamPort: upstream.port,
      rootKey,
      projectId,
    });
    upstream.received();
    const heard = await askAt(gateway.url, { target, headers: [["X-API-Key", keys["good"] ?? ""]] });
    expect(heard.status).toBe(503);
    expect(questions).toBe(1);
    expect(upstream.received()).toEqual([]);
    await gateway.stop();
    silent.close();
  });
});

test("behind HAProxy nobody gets through where the script fails, either", async ({ skip }) => {
  const broken: GatewayProgram = {
    name: "haproxy",
    args: ["-f", "haproxy.cfg"],
    adapt: (text) => text.replace("local sent = txn.http:req_get_headers()", "local sent = txn.nothing:at_all()"),
  };
  await using guarded = await guardBy(needTool(skip, "haproxy"), broken);
  await expectUnavailable(guarded);
});

test("by Envoy over gRPC a client hears why it was refused, and where its limits stand, the API which fields are empty, and access logs whose key it was", async ({
  skip,
}) => {
  const logging = envoy("grpc.yaml", (text) =>
    text.replace(
      "stat_prefix: api",
      `stat_prefix: api
                access_log: [{ name: envoy.access_loggers.stdout, typed_config: {
        "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog,
        log_format: { text_format_source: { inline_string: "by %DYNAMIC_METADATA(${metadata}:owner_id)% of %DYNAMIC_METADATA(${metadata}:scopes)%\\n" } } } }]`,
    ),
  );
  await using guarded = await guardBy(needTool(skip, "envoy"), logging);
  const refused = await guarded.call(keys["revoked"]);
  expect(refused.headers).toMatchObject({ "content-type": "application/problem+json", "x-altalune-code": "REVOKED" });
  expect(JSON.parse(refused.body)).toMatchObject({ status: 410, reason: "REVOKED" });
  const limited = await guarded.call(keys["limited"]);
  expect(limited.headers["ratelimit-policy"]).toBe('"day";q=1000000;w=86400');
  expect(limited.headers["ratelimit"]).toMatch(/^"day";r=\d+;t=\d+$/);
  upstream.received();
  expect((await guarded.call(keys["nobody's"])).status).toBe(200);
  const [received] = upstream.received();
  expect(received?.headers).toMatchObject({ "x-altalune-owner-id": "", "x-altalune-tier": "" });
  await expect.poll(guarded.printed).toContain('by zoe % of ["orders:read","orders:list"]');
});

/** Where Envoy keeps what an answer of Altalune says in its metadata. */
const metadata = "envoy.filters.http.ext_authz:altalune";

test("behind Envoy headers with underscores are gone over gRPC even where Envoy would pass them on", async ({
  skip,
}) => {
  const passingOn = envoy("grpc.yaml", (text) => text.replace(/common_http_protocol_options: .*/, ""));
  await using guarded = await guardBy(needTool(skip, "envoy"), passingOn);
  await expectForgedToBeGone(guarded);
});

test("behind Envoy nobody gets through over gRPC where what is configured is wrong, though failures let everybody through", async ({
  skip,
}) => {
  const open = (text: string) => text.replace("failure_mode_allow: false", "failure_mode_allow: true");
  const faults: readonly ((text: string) => string)[] = [
    (text) => text.replace(`value: ${rootKey}`, "value: letmein"),
    (text) => text.replace(/context_extensions: \{ project_id: [^,]*,/, "context_extensions: {"),
    (text) => text.replace("scopes:", "scope:"),
  ];
  for (const fault of faults) {
    await using guarded = await guardBy(
      needTool(skip, "envoy"),
      envoy("grpc.yaml", (text) => fault(open(text))),
    );
    for (const key of [keys["good"], "garbage", undefined]) {
      expect((await guarded.call(key)).status).toBe(500);
    }
    expect(upstream.received()).toEqual([]);
  }
});

function envoy(file: string, adapt: (text: string) => string = (text) => text): GatewayProgram {
  return { name: "envoy", args: ["-c", file, "--disable-hot-restart", "--concurrency", "1", "-l", "error"], adapt };
}

/** Envoy asks in two ways. */
function titleOf({ name, args }: GatewayProgram): string {
  return name === "envoy" ? `Envoy by ${args[1]}` : name;
}

interface Guarded extends AsyncDisposable {
  readonly altalune: ServiceProcess;
  /** What the gateway has printed. */
  printed(): string;
  /** Calls the API as a client does. */
  call(key: string | undefined, headers?: readonly Header[]): Promise<Heard>;
}

/** A gateway before the API, and an Altalune of its own that a test can stop. */
async function guardBy(path: string, program: GatewayProgram): Promise<Guarded> {
  const { databaseUrl, masterKey } = manager;
  const altalune = runService({
    DATABASE_URL: databaseUrl,
    ALTALUNE_MASTER_KEY: masterKey,
    ALTALUNE_DATABASE_POOL: "5",
    LOG_LEVEL: "error",
  });
  const url = await altalune.ready;
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
  const altalunePort = new URL(url).port;
  const gateway = await startGateway(path, program, {
    altalunePort,
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
    altalune,
    printed: gateway.printed,
    call: (key, headers = []) =>
      askAt(gateway.url, { target, headers: key === undefined ? headers : [["X-API-Key", key], ...headers] }),
    async [Symbol.asyncDispose]() {
      altalune.signal("SIGKILL");
      await Promise.all([altalune.ended, gateway.stop()]);
    },
  };
}

/** With a query that would say what is asked, if it were read. */
const target = "/v1/orders?cost=0&project_id=23456789abcdef&scope=none";

async function expectGoodKeysGetThrough({ call }: Guarded): Promise<void> {
  const good = keys["good"] ?? "";
  for (const header of [
    ["X-API-Key", good],
    ["Authorization", `bearer ${good}`],
  ] as const) {
    const { status, body } = await call(undefined, [header]);
    expect({ status, body }).toEqual({ status: 200, body: "hello" });
    const [received] = upstream.received();
    expect(received?.url).toBe(target);
    expect(received?.headers).toMatchObject({
      "x-altalune-project-id": projectId,
      "x-altalune-key-id": expect.stringMatching(/^[a-z0-9]{14}$/),
      "x-altalune-owner-id": "zoe%20%25",
      "x-altalune-scopes": "orders:read orders:list",
    });
    expect(JSON.stringify(received?.rawHeaders)).not.toContain(good);
    expect(JSON.stringify(received?.rawHeaders)).not.toContain(rootKey);
  }
}

async function expectRefusals({ call }: Guarded): Promise<void> {
  for (const [key, status, challenge] of statuses) {
    for (const headers of [[], forged]) {
      const heard = await call(keys[key], headers);
      expect({ key, status: heard.status }).toEqual({ key, status });
      if (challenge === undefined) {
        expect(Number(heard.headers["retry-after"])).toBeGreaterThan(0);
      } else {
        expect(heard.headers["www-authenticate"]).toMatch(challenge);
      }
    }
  }
  const two = await call(keys["good"], [["Authorization", `Bearer ${keys["nobody's"]}`]]);
  expect(two.status).toBe(401);
  expect((await call(keys["good"], [["X-API-Key", "garbage"]])).status).toBe(401);
  expect(upstream.received()).toEqual([]);
}

async function expectForgedToBeGone({ call }: Guarded): Promise<void> {
  for (const key of ["good", "nobody's"]) {
    expect((await call(keys[key], forged)).status).toBe(200);
    const [received] = upstream.received();
    expect(identityIn(received?.rawHeaders ?? [])).not.toContain("admin");
    expect(received?.headers["x-altalune-owner-id"] ?? "").toBe(key === "good" ? "zoe%20%25" : "");
  }
  const hiding = await call(keys["good"], [["Connection", "close, X-Altalune-Owner-Id, x-altalune-scopes"], ...forged]);
  const received = upstream.received();
  expect([200, 400]).toContain(hiding.status);
  expect(received.map(({ headers }) => headers["x-altalune-owner-id"])).toEqual(
    hiding.status === 200 ? ["zoe%20%25"] : [],
  );
}

/** What an API may take for whose key it is: many frameworks read underscores as dashes. */
function identityIn(rawHeaders: readonly string[]): readonly (string | undefined)[] {
  const names = new Set(identityNames.map((name) => `x-altalune-${name.toLowerCase()}`));
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && names.has(name.toLowerCase().replaceAll("_", "-")) ? [rawHeaders[i + 1]] : [],
  );
}

async function expectUnavailable({ call }: Guarded): Promise<void> {
  for (const key of [keys["good"], "garbage", undefined]) {
    const since = performance.now();
    const heard = await call(key);
    expect(heard.status).toBe(503);
    expect(heard.headers["retry-after"]).toBe("1");
    expect(performance.now() - since).toBeLessThan(10_000);
  }
  expect(upstream.received()).toEqual([]);
}
