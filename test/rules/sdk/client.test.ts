import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { AltaluneError, createAltalune } from "@altalune/sdk";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";
import { newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";

test("a client of every service speaks to Altalune with its root key", async ({ instance }) => {
  const altalune = createAltalune({ url: `${instance.url}/`, rootKey: instance.rootKey });
  const { project } = await altalune.projects.createProject({ name: "Of the SDK", allowNeverExpires: true });
  const projectId = project?.id ?? "";
  const { apiKey, keyValue } = await altalune.apiKeys.createApiKey({ projectId, name: "First", neverExpires: true });
  const verdict = await altalune.verification.verifyApiKey({ key: keyValue, projectId });
  expect(verdict).toMatchObject({ valid: true, apiKeyId: apiKey?.id });
  expect((await altalune.tiers.queryTiers({})).data.map(({ name }) => name)).toContain("free");
  const now = Math.floor(Date.now() / 1000);
  const [startTime, endTime] = [{ seconds: BigInt(now - 3600) }, { seconds: BigInt(now + 3600) }];
  expect(await altalune.usage.getUsage({ projectId, startTime, endTime, granularity: 1 })).toHaveProperty("buckets");
  expect((await altalune.audit.verifyAuditTrail({ projectId })).intact).toBe(true);
});

test("a denial tells its reason, and a bad field its name, in an error of the SDK's", async ({ instance }) => {
  const altalune = createAltalune({ url: instance.url, rootKey: instance.rootKey });
  const missing = await failureOf(altalune.projects.getProject({ projectId: "23456789abcdef" }));
  expect(missing).toBeInstanceOf(AltaluneError);
  expect(missing).toMatchObject({ code: "not_found", reason: "PROJECT_NOT_FOUND", violations: [] });
  expect(missing.requestId).toMatch(/./);
  const projectId = await newProject(instance.clients);
  const bad = await failureOf(altalune.apiKeys.createApiKey({ projectId, name: "x", scopes: ["a", "b c"] }));
  expect(bad).toMatchObject({ code: "invalid_argument", reason: "" });
  expect(bad.violations.map(({ field }) => field)).toEqual(expect.arrayContaining(["name", "scopes[1]"]));
});

test("a call carries the request id that it is given, and its error tells it", async ({ instance }) => {
  const altalune = createAltalune({ url: instance.url, rootKey: instance.rootKey });
  const headers = { "x-request-id": "checkout-7" };
  const failure = await failureOf(altalune.projects.getProject({ projectId: "23456789abcdef" }, { headers }));
  expect(failure.requestId).toBe("checkout-7");
});

test("options that cannot be are refused by their names, without their values", () => {
  const make = (options: object) => () =>
    createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x", ...options });
  expect(make({ url: "ftp://127.0.0.1" })).toThrow("url must be");
  expect(make({ url: "127.0.0.1:8080" })).toThrow("url must be");
  expect(make({ url: undefined })).toThrow("url must be");
  expect(make({ url: "http://user:hunter2@127.0.0.1" })).toThrow(/^(?!.*hunter2).*url must be/);
  expect(make({ rootKey: undefined })).toThrow("rootKey must be");
  expect(make({ rootKey: "" })).toThrow("rootKey must be");
  expect(make({ rootKey: "alt_secret\nwith a line" })).toThrow(/^(?!.*alt_secret).*rootKey must be/);
  expect(make({ timeoutMs: 0 })).toThrow("timeoutMs must be");
  expect(make({ timeoutMs: Number.NaN })).toThrow("timeoutMs must be");
});

test("a client shows its root key to nobody who looks at it", async ({ instance }) => {
  const altalune = createAltalune({ url: instance.url, rootKey: instance.rootKey });
  const shown = [
    inspect(altalune, { depth: 10, showHidden: true, getters: true }),
    JSON.stringify(altalune),
    String(altalune.verification.verifyApiKey),
    inspect(Object.getOwnPropertyDescriptors(altalune.verification), { depth: 10, showHidden: true }),
  ];
  expect(shown.join("\n")).not.toContain(instance.rootKey);
});

test("an error holds no secret, whatever somebody on the way made of the request", async () => {
  const rootKey = "alt_root_of_a_test_that_nobody_has";
  const key = "sk-of-a-test";
  const fetches: readonly (typeof fetch)[] = [
    async (_input, init) => {
      throw new Error(`cannot send ${new Headers(init?.headers).get("authorization")} ${key}`);
    },
    async (_input, init) => {
      throw Object.assign(new TypeError("fetch failed"), { request: init, cause: { headers: init?.headers } });
    },
    async (_input, init) => {
      const said = `${new Headers(init?.headers).get("authorization")} ${key}`;
      throw new ConnectError(said, Code.Internal, { "x-echo": said }, undefined, new Error(said));
    },
    async () => Response.json({ code: "unknown", message: `who is ${rootKey}, with ${key}?` }, { status: 500 }),
    async () => new Response(`${rootKey} ${key}`, { status: 200, headers: { "content-type": "application/proto" } }),
  ];
  for (const fetch of fetches) {
    const altalune = createAltalune({ url: "http://127.0.0.1:1", rootKey, fetch });
    const failure = await failureOf(altalune.verification.verifyApiKey({ key }));
    const shown = inspect(failure, { depth: 10, showHidden: true }) + JSON.stringify(failure);
    expect(failure).toBeInstanceOf(AltaluneError);
    expect(shown).not.toContain(rootKey);
    expect(shown).not.toContain(key);
  }
});

test("an error holds none of the keys of a batch, nor a rest of one that another begins", async () => {
  const keys = ["sk-of-a-test", "sk-of-a-test-that-is-longer"];
  const echo: typeof fetch = async () =>
    Response.json({ code: "internal", message: `cannot read ${keys.join(" and ")}` }, { status: 500 });
  const { verification } = createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x", fetch: echo });
  const failure = await failureOf(verification.batchVerifyApiKeys({ requests: keys.map((key) => ({ key })) }));
  expect(failure.message).toBe("cannot read [secret] and [secret]");
});

test("what the caller gave and cannot be sent is his fault by name, without its value, and asks nobody", async () => {
  await using altalune = await listening((_request, response) => void response.end());
  const { verification, apiKeys, tiers } = createAltalune({ url: altalune.url, rootKey: "alt_root_x" });
  const given = (value: unknown) => value as never;
  const faults: readonly (readonly [naming: string, call: () => Promise<unknown>])[] = [
    ["cost must be", () => verification.verifyApiKey({ key: "x", cost: 1234.5 })],
    ["cost must be", () => verification.batchVerifyApiKeys({ requests: [{ key: "x" }, { key: "y", cost: -1234 }] })],
    ["per_minute must be", () => apiKeys.createApiKey({ rateLimits: { perMinute: 12345678901 } })],
    ["the request must be of", () => verification.batchVerifyApiKeys(given({ requests: [null] }))],
    ["the request must be an object", () => tiers.queryTiers(given(undefined))],
    ["the request must be an object", () => tiers.queryTiers(given("1234"))],
    ["headers must be", () => tiers.queryTiers({}, { headers: { "x-request-id": "1234\nx: y" } })],
    ["headers must be", () => tiers.queryTiers({}, { headers: { "x 1234": "y" } })],
    ["headers must be", () => tiers.queryTiers({}, { headers: { "x-owner": "1234\u20ac" } })],
    ["timeoutMs must be", () => tiers.queryTiers({}, { timeoutMs: Number.NaN })],
    ["timeoutMs must be", () => tiers.queryTiers({}, { timeoutMs: 0 })],
    ["timeoutMs must be", () => tiers.queryTiers({}, given({ timeoutMs: "1234" }))],
    ["signal must be", () => tiers.queryTiers({}, given({ signal: new AbortController() }))],
  ];
  for (const [naming, call] of faults) {
    const failure = await failureOf(call());
    expect(failure).toBeInstanceOf(AltaluneError);
    expect(failure).toMatchObject({ code: "invalid_argument", reason: "" });
    expect(failure.message).toMatch(new RegExp(`^${naming}`));
    expect([failure.message, JSON.stringify(failure), failure.cause].join()).not.toContain("1234");
  }
  const { violations } = await failureOf(verification.verifyApiKey({ key: "x", cost: 1.5 }));
  expect(violations.map(({ field }) => field)).toEqual(["cost"]);
  expect(altalune.asked()).toBe(0);
});

test("options that are there without a value leave what is the client's", async () => {
  const fetch = () => new Promise<Response>(() => undefined);
  const altalune = createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x", timeoutMs: 50, fetch });
  const empty = { timeoutMs: undefined, signal: undefined, headers: undefined } as object;
  expect(await failureOf(altalune.projects.getProject({}, empty))).toMatchObject({
    code: "deadline_exceeded",
    message: "no answer came within 50 ms",
  });
});

test("what changes nothing is asked again while Altalune is away, three times at most", async () => {
  await using altalune = await listening((_request, response) => void response.writeHead(503).end());
  const { projects } = createAltalune({ url: altalune.url, rootKey: "alt_root_x" });
  expect(await failureOf(projects.getProject({}))).toMatchObject({ code: "unavailable" });
  expect(altalune.asked()).toBe(3);
});

test("what came to nothing since changes were in each other's way is asked again, unless a rule says why", async () => {
  const aborted = (details: readonly object[]): RequestListener => {
    const body = JSON.stringify({ code: "aborted", message: "try again", details });
    return (_request, response) => void response.writeHead(409, { "content-type": "application/json" }).end(body);
  };
  const info = create(ErrorInfoSchema, { reason: "ETAG_MISMATCH" });
  const value = Buffer.from(toBinary(ErrorInfoSchema, info)).toString("base64");
  await using busy = await listening(aborted([]));
  await using another = await listening(aborted([{ type: "google.rpc.ErrorInfo", value }]));
  const failure = async (url: string) =>
    await failureOf(createAltalune({ url, rootKey: "alt_root_x" }).projects.updateProject({}));
  expect(await failure(busy.url)).toMatchObject({ code: "aborted", reason: "" });
  expect(busy.asked()).toBe(3);
  expect(await failure(another.url)).toMatchObject({ code: "aborted", reason: "ETAG_MISMATCH" });
  expect(another.asked()).toBe(1);
});

test("an answer that comes at the second attempt is an answer", async ({ instance }) => {
  let attempts = 0;
  const altalune = createAltalune({
    url: instance.url,
    rootKey: instance.rootKey,
    fetch: (input, init) => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new TypeError("fetch failed")) : fetch(input, init);
    },
  });
  expect((await altalune.tiers.queryTiers({})).data.length).toBeGreaterThan(0);
  expect(attempts).toBe(2);
});

test("what makes or spends something is asked once", async () => {
  await using altalune = await listening((_request, response) => void response.writeHead(503).end());
  const { apiKeys, verification } = createAltalune({ url: altalune.url, rootKey: "alt_root_x" });
  await failureOf(apiKeys.createApiKey({}));
  await failureOf(apiKeys.rotateApiKey({}));
  await failureOf(verification.verifyApiKey({ key: "x" }));
  expect(altalune.asked()).toBe(3);
});

test("what is refused is not asked again", async () => {
  await using altalune = await listening((_request, response) => void response.writeHead(401).end());
  const { projects } = createAltalune({ url: altalune.url, rootKey: "alt_root_x" });
  expect(await failureOf(projects.getProject({}))).toMatchObject({ code: "unauthenticated" });
  expect(altalune.asked()).toBe(1);
});

test("all attempts together take no longer than timeoutMs", async () => {
  await using slow = await listening((_request, response) => {
    setTimeout(() => response.writeHead(503).end(), 150);
  });
  const altalune = createAltalune({ url: slow.url, rootKey: "alt_root_x", timeoutMs: 250 });
  const started = performance.now();
  await failureOf(altalune.projects.getProject({}));
  expect(performance.now() - started).toBeLessThan(1000);
  expect(slow.asked()).toBeLessThanOrEqual(2);
});

test("Altalune's Retry-After is heeded, as far as the time of the call goes", async () => {
  await using busy = await listening(
    (_request, response) => void response.writeHead(503, { "retry-after": "30" }).end(),
  );
  const { projects } = createAltalune({ url: busy.url, rootKey: "alt_root_x" });
  expect(await failureOf(projects.getProject({}))).toMatchObject({ code: "unavailable", retryAfterMs: 30_000 });
  expect(busy.asked()).toBe(1);
});

test("a fetch that never ends and heeds no signal ends with the call's time", async () => {
  const fetch = () => new Promise<Response>(() => undefined);
  const altalune = createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x", timeoutMs: 50, fetch });
  expect(await failureOf(altalune.projects.getProject({}))).toMatchObject({ code: "deadline_exceeded" });
});

test("a call ends when its signal is aborted, before or while it runs", async () => {
  const fetch = () => new Promise<Response>(() => undefined);
  const { projects } = createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x", fetch });
  expect(await failureOf(projects.getProject({}, { signal: AbortSignal.abort() }))).toMatchObject({ code: "canceled" });
  const controller = new AbortController();
  const running = failureOf(projects.getProject({}, { signal: controller.signal }));
  controller.abort();
  expect(await running).toMatchObject({ code: "canceled" });
});

test("a redirect is not followed: the root key goes nowhere else", async () => {
  await using elsewhere = await listening((_request, response) => void response.end());
  await using here = await listening((_request, response) => {
    response.writeHead(308, { location: elsewhere.url }).end();
  });
  const altalune = createAltalune({ url: here.url, rootKey: "alt_root_x" });
  expect(await failureOf(altalune.projects.getProject({}))).toBeInstanceOf(AltaluneError);
  expect(elsewhere.asked()).toBe(0);
});

async function failureOf(call: Promise<unknown>): Promise<AltaluneError> {
  return await call.then(
    () => Promise.reject(new Error("the call succeeded")),
    (error: unknown) => error as AltaluneError,
  );
}

async function listening(answer: RequestListener) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
