import { once } from "node:events";
import { connect, constants } from "node:http2";
import { createServer } from "node:net";
import { expect, onTestFinished } from "vitest";
import { ConfigError } from "../../../src/app/config.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { disabledRootKey, expiredRootKey, newRootKey, revokedRootKey } from "../authority/root-keys.js";
import { askAt, type Header, outcomeOf, passed, refusal } from "./ask.js";

const scope = "api_keys:verify";
let altalune: TestInstance;
let projectId: string;
let key: Header;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = ["X-API-Key", (await newApiKey(altalune.clients, projectId)).value];
});

async function startWith(rootKeyId: string, env: Readonly<Record<string, string>> = {}) {
  const gateway = { ALTALUNE_GATEWAY_LISTEN: "127.0.0.1:0", ALTALUNE_GATEWAY_ROOT_KEY_ID: rootKeyId };
  const started = await startTestInstance({ beside: altalune, env: { LOG_LEVEL: "debug", ...gateway, ...env } });
  onTestFinished(() => started.stop());
  return { ...started, gatewayUrl: started.gatewayUrl ?? "" };
}

const asked = async (url: string, project = projectId, headers: readonly Header[] = [key]) =>
  askAt(url, { query: `project_id=${project}`, headers });

test("clients that leave, whose questions a gateway takes back, do not end the connection that the others are asked on", async () => {
  const { id } = await newRootKey(altalune, { scopes: [scope], projects: [projectId] });
  const { gatewayUrl } = await startWith(id);
  const session = connect(gatewayUrl);
  onTestFinished(() => session.destroy());
  session.on("error", () => undefined);
  const path = `/forward-auth?project_id=${projectId}`;
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 100; i++) {
      const left = session.request({ ":path": path, "x-api-key": key[1] });
      left.on("error", () => undefined);
      left.close(constants.NGHTTP2_CANCEL);
    }
    const [headers] = await once(session.request({ ":path": path, "x-api-key": key[1] }), "response");
    expect(headers[":status"]).toBe(200);
  }
});

test("there is none unless it is asked for", () => {
  expect(altalune.gatewayUrl).toBeUndefined();
});

test("it answers gateways that send no root key, with the reach of the one that it names, and serves nothing else", async () => {
  const elsewhere = await newProject(altalune.clients);
  const { id } = await newRootKey(altalune, { scopes: [scope], projects: [projectId] });
  const { gatewayUrl, url } = await startWith(id);
  for (let time = 0; time < 3; time++) {
    expect(outcomeOf(await asked(gatewayUrl))).toEqual(passed);
    expect(outcomeOf(await asked(gatewayUrl, projectId, [key, ["X-Altalune-Root-Key", "x"]]))).toEqual(passed);
    expect(outcomeOf(await asked(gatewayUrl, projectId, []))).toEqual(refusal(401, "KEY_MISSING"));
    expect(outcomeOf(await asked(gatewayUrl, elsewhere))).toEqual(refusal(500, "PROJECT_NOT_FOUND"));
  }
  const others = [
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/forward-authx",
    "/altalune.v1.VerificationService/VerifyApiKey",
  ];
  for (const target of [...others, "/altalune.v1.ProjectService/QueryProjects", "/grpc.health.v1.Health/Check"]) {
    for (const method of ["GET", "POST"]) {
      const headers: readonly Header[] = [
        ["Authorization", `Bearer ${altalune.rootKey}`],
        ["Content-Type", "application/json"],
      ];
      const { status } = await askAt(gatewayUrl, {
        target,
        method,
        headers,
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      expect({ target, status }).toEqual({ target, status: 404 });
    }
  }
  expect(outcomeOf(await asked(url))).toEqual(refusal(500, "ROOT_KEY_INVALID"));
});

async function expectClosed(
  { gatewayUrl, logLines }: TestInstance & { readonly gatewayUrl: string },
  rootKeyId: string,
) {
  for (const headers of [[key], []]) {
    const heard = await asked(gatewayUrl, projectId, headers);
    expect(outcomeOf(heard)).toEqual(refusal(500, "GATEWAY_ROOT_KEY_ENDED"));
    expect(heard.headers["retry-after"]).toBeUndefined();
  }
  expect(logLines.join("")).toMatch(new RegExp(`"root_key_id":"${rootKeyId}","status".*a root key was refused`));
}

test("once its root key is revoked it lets nobody in, good key or not", async () => {
  const { id } = await newRootKey(altalune, { scopes: [scope] });
  const started = await startWith(id);
  expect((await asked(started.gatewayUrl)).status).toBe(200);
  expect((await asked(started.gatewayUrl)).status).toBe(200);
  await altalune.services.rootKeys.revoke(commandLineCaller, id);
  await expect.poll(async () => (await asked(started.gatewayUrl)).status, { interval: 20 }).toBe(500);
  await expectClosed(started, id);
});

test("once its root key has expired it lets nobody in", async () => {
  const { id } = await newRootKey(altalune, { scopes: [scope], expiresAt: new Date(Date.now() + 6_000) });
  const started = await startWith(id);
  expect((await asked(started.gatewayUrl)).status).toBe(200);
  await expect.poll(async () => (await asked(started.gatewayUrl)).status, { interval: 200 }).toBe(500);
  await expectClosed(started, id);
});

test("a root key that is not there, does not work, or may do more, is a fault of configuration", async () => {
  const faulty: readonly (readonly [id: string, reason: RegExp])[] = [
    ["2222222222222a", /there is no such root key/],
    [(await newApiKey(altalune.clients, projectId)).id, /there is no such root key/],
    [(await revokedRootKey(altalune)).id, /that root key is revoked/],
    [(await expiredRootKey(altalune)).id, /that root key is expired/],
    [(await disabledRootKey(altalune)).id, /that root key is disabled/],
    [(await newRootKey(altalune, { scopes: ["*"] })).id, /other scopes than api_keys:verify alone/],
    [(await newRootKey(altalune, { scopes: [scope, "usage:read"] })).id, /other scopes/],
    [(await newRootKey(altalune, { scopes: ["api_keys:*"] })).id, /other scopes/],
  ];
  for (const [id, reason] of faulty) {
    const started = startWith(id);
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow(reason);
    await expect(started).rejects.toThrow(
      /ALTALUNE_GATEWAY_ROOT_KEY_ID.*altalune root-key create --scope api_keys:verify/,
    );
  }
});

test("it binds to loopback alone, by name too, unless the network is trusted", async () => {
  const { id } = await newRootKey(altalune, { scopes: [scope] });
  for (const listen of ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "altalune.example.com:0"]) {
    await expect(startWith(id, { ALTALUNE_GATEWAY_LISTEN: listen })).rejects.toThrow(/must be a loopback address/);
  }
  const byName = await startWith(id, { ALTALUNE_GATEWAY_LISTEN: "localhost:0" });
  expect((await asked(byName.gatewayUrl)).status).toBe(200);
  const trusting = { ALTALUNE_GATEWAY_LISTEN: "0.0.0.0:0", ALTALUNE_GATEWAY_TRUST_NETWORK: "1" };
  const open = await startWith(id, trusting);
  expect((await asked(open.gatewayUrl)).status).toBe(200);
});

test("a port that is taken is told with the variable that names it", async () => {
  const { id } = await newRootKey(altalune, { scopes: [scope] });
  const holder = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void holder.close());
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { readonly port: number };
  await expect(startWith(id, { ALTALUNE_GATEWAY_LISTEN: `127.0.0.1:${port}` })).rejects.toThrow(
    /another process has this port.*ALTALUNE_GATEWAY_LISTEN/,
  );
});
