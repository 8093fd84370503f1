import { type AltaluneError, createAltalune } from "@altalune/sdk";
import { requireScopes } from "@altalune/sdk/connect";
import { guard } from "@altalune/sdk/next";
import { Code, createContextValues } from "@connectrpc/connect";
import { expect } from "vitest";
import { test } from "../../support/shared-instance.js";
import { type GuardedProject, makeGuardedProject } from "./guarded-project.js";

let keys: GuardedProject;
let altalune: ReturnType<typeof createAltalune>;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
  altalune = createAltalune({ url: instance.url, rootKey: instance.rootKey });
});

const answer = (request: { readonly apiKey?: { readonly ownerId: string } | undefined }) =>
  new Response(request.apiKey?.ownerId ?? "nobody");

const requestWith = (headers: Readonly<Record<string, string>>, path = "/orders") =>
  new Request(`http://api.example.com${path}`, { headers });

test("a guard without what it needs is not made, and says which option is at fault", () => {
  const { projectId } = keys;
  const make = (options: object) => () => guard({ altalune, projectId, ...options });
  expect(make({ projectId: undefined })).toThrow("projectId must be");
  expect(make({ projectId: "" })).toThrow("projectId must be");
  expect(make({ altalune: undefined })).toThrow("altalune must be");
  expect(make({ scopes: ["orders:*"] })).toThrow("scopes must be");
  expect(make({ scopes: Array(65).fill("orders") })).toThrow("scopes must be at most 64");
  expect(make({ cost: -1 })).toThrow("cost must be");
  expect(make({ cost: 0.5 })).toThrow("cost must be");
  expect(make({ sourceIp: "203.0.113.9" })).toThrow("sourceIp must be");
  expect(make({ onUnavailable: "allow" })).toThrow("onUnavailable must be");
  expect(make({ requiredScopes: ["orders:write"] })).toThrow(
    /no option requiredScopes; use altalune, projectId, scopes,/,
  );
});

test("a key too long to be one is refused without a question, whatever onUnavailable says", async () => {
  const guarded = guard({
    altalune,
    projectId: keys.projectId,
    keyFrom: () => "k".repeat(200_000),
    onUnavailable: () => true,
  })(answer);
  const refused = await guarded(requestWith({}));
  expect([refused.status, refused.headers.get("x-altalune-code")]).toEqual([401, "NOT_FOUND"]);
});

test.for([
  "999.1.1.1",
  "1.2.3.4, 5.6.7.8",
  "localhost",
  "[::1]",
  "9".repeat(5_000),
  "::1/../x",
  "203.0.113.9",
  "fe80::1%eth0",
])(
  "whatever a proxy hands on as the address (%j) lets nobody in whose key is not good, and keeps out nobody whose is",
  async (address) => {
    const guarded = guard({
      altalune,
      projectId: keys.projectId,
      sourceIp: () => address,
      onUnavailable: () => true,
    })(answer);
    expect((await guarded(requestWith({ "x-api-key": "unknown" }))).status).toBe(401);
    expect((await guarded(requestWith({ "x-api-key": keys.good, "user-agent": "\u00e9".repeat(500) }))).status).toBe(
      200,
    );
  },
);

test("scopes and cost may depend on the request", async () => {
  const guarded = guard({
    altalune,
    projectId: keys.projectId,
    scopes: ({ method }) => [method === "GET" ? "orders:read" : "orders:write"],
    cost: ({ url }) => (url.endsWith("/export") ? 101 : 1),
  })(answer);
  const readOnly = { "x-api-key": keys.readOnly };
  expect((await guarded(requestWith(readOnly))).status).toBe(200);
  const post = new Request("http://api.example.com/orders", { method: "POST", headers: readOnly });
  expect((await guarded(post)).status).toBe(403);
  const costly = await guarded(requestWith({ "x-api-key": keys.limited }, "/export"));
  // It costs more than a whole window: no wait would help.
  expect([costly.status, costly.headers.get("retry-after")]).toEqual([429, null]);
});

test("a scope that came from a request and can be none lets nobody in", async () => {
  const guarded = guard({ altalune, projectId: keys.projectId, scopes: () => ["*"] })(answer);
  await expect(guarded(requestWith({ "x-api-key": keys.good }))).rejects.toThrow("scopes must be");
});

test("a key is taken from where keyFrom finds it, and from nowhere else", async () => {
  const keyFrom = ({ headers }: Request) => [headers.get("x-token") ?? "", headers.get("x-legacy-token") ?? ""];
  const guarded = guard({ altalune, projectId: keys.projectId, keyFrom })(answer);
  expect(await (await guarded(requestWith({ "x-legacy-token": ` ${keys.good} ` }))).text()).toBe("user_1");
  const status = async (headers: Readonly<Record<string, string>>) => (await guarded(requestWith(headers))).status;
  expect(await status({ "x-api-key": keys.good })).toBe(401);
  expect(await status({ "x-token": keys.good, "x-legacy-token": keys.other })).toBe(401);
});

test("a request that is skipped needs no key, and has none, even if it sends one", async () => {
  const guarded = guard({ altalune, projectId: keys.projectId, skip: ({ url }) => url.endsWith("/healthz") });
  const open = guarded(answer);
  expect(await (await open(requestWith({ "x-api-key": keys.good }, "/healthz"))).text()).toBe("nobody");
  expect((await open(requestWith({}))).status).toBe(401);
  // What a route asks for cannot be skipped.
  expect((await guarded({ scopes: ["orders:read"] }, answer)(requestWith({}, "/healthz"))).status).toBe(401);
});

test("where scopes are asked for, nobody is let in without a verdict, whatever onUnavailable says", async () => {
  const away = createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x", timeoutMs: 300 });
  const options = { altalune: away, projectId: keys.projectId, onUnavailable: () => true };
  const status = async (scopes: readonly string[] | ((request: Request) => readonly string[])) =>
    (await guard({ ...options, scopes })(answer)(requestWith({ "x-api-key": keys.good }))).status;
  expect(await status(["orders:read"])).toBe(503);
  expect(await status(({ method }) => (method === "GET" ? ["orders:read"] : []))).toBe(503);
  expect(await status([])).toBe(200);
  expect(await status(({ method }) => (method === "GET" ? [] : ["orders:read"]))).toBe(200);
});

test("a handler of Connect gets no further without a key, whatever it asks of one", () => {
  const context = { values: createContextValues() };
  expect(() => requireScopes(context)).toThrow(
    expect.objectContaining({ code: Code.Unauthenticated, rawMessage: "send an API key" }),
  );
  expect(() => requireScopes(context, "orders:read")).toThrow("send an API key");
  expect(() => requireScopes(context, "orders:*")).toThrow(TypeError);
});

test("the question is named in Altalune's log as the request was, unless a key was put there", async ({ instance }) => {
  const guarded = guard({ altalune, projectId: keys.projectId })(answer);
  const refused = await guarded(requestWith({ "x-api-key": keys.disabled, "x-request-id": "order-page-17" }));
  expect(await refused.json()).toMatchObject({ instance: "order-page-17" });
  await expect.poll(() => instance.logLines.some((line) => line.includes("order-page-17"))).toBe(true);
  const named = await guarded(requestWith({ "x-api-key": "sk_taken", "x-request-id": "sk_taken" }));
  const { instance: anotherId } = (await named.json()) as { readonly instance: string };
  expect(anotherId).toMatch(/^[0-9a-f-]{36}$/);
  expect(instance.logLines.some((line) => line.includes("sk_taken"))).toBe(false);
});

test("a key is refused by the first request after it was switched off", async () => {
  const guarded = guard({ altalune, projectId: keys.projectId })(answer);
  const status = async () => (await guarded(requestWith({ "x-api-key": keys.other }))).status;
  expect(await status()).toBe(200);
  const { apiKeyId, projectId } = await altalune.verification.verifyApiKey({ key: keys.other });
  await altalune.apiKeys.deactivateApiKey({ projectId, apiKeyId });
  expect(await status()).toBe(401);
});

test("what a failure tells onUnavailable names neither key", async ({ instance }) => {
  const told: AltaluneError[] = [];
  const onUnavailable = (failure: AltaluneError) => {
    told.push(failure);
    return false;
  };
  const echoing = createAltalune({
    url: instance.url,
    rootKey: instance.rootKey,
    fetch: async (_input, init) => {
      const sent = `${new Headers(init?.headers).get("authorization")} ${Buffer.from(init?.body as Uint8Array)}`;
      return Response.json({ code: "internal", message: `cannot read ${sent}` }, { status: 500 });
    },
  });
  const guarded = guard({ altalune: echoing, projectId: keys.projectId, onUnavailable })(answer);
  expect((await guarded(requestWith({ "x-api-key": keys.good }))).status).toBe(503);
  expect(told[0]?.message).toContain("cannot read Bearer [secret]");
  expect(JSON.stringify(told)).not.toContain(keys.good);
});
