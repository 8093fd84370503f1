import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { expect } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";
import { test } from "../../support/shared-instance.js";
import { exchange } from "../server/raw.js";
import { ask, askAt, outcomeOf, passed, refusal } from "./ask.js";

let altalune: TestInstance;
let projectId: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId)).value;
});

const head = (method: string, more: string, presented = key) =>
  `${method} /forward-auth?project_id=${projectId} HTTP/1.1\r\nHost: altalune\r\nX-Altalune-Root-Key: ${altalune.rootKey}\r\nX-API-Key: ${presented}\r\n${more}\r\n`;

test("a body is not waited for, however long it is to be", async () => {
  for (const more of ["Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"]) {
    const socket = connect(Number(new URL(altalune.url).port), "127.0.0.1");
    socket.write(head("POST", more));
    const [bytes] = (await once(socket, "data")) as [Buffer];
    expect(bytes.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  }
  const sent = await ask(altalune, {
    query: `project_id=${projectId}`,
    headers: [
      ["X-API-Key", key],
      ["Content-Type", "application/json"],
      ["Content-Length", "3"],
    ],
    method: "POST",
    body: "{}}",
  });
  expect(outcomeOf(sent)).toEqual(passed);
});

test("questions that are sent without waiting are answered in their order", async () => {
  const bytes = await exchange(Number(new URL(altalune.url).port), [
    [head("GET", ""), head("GET", "", "garbage"), head("HEAD", "", "garbage"), head("GET", "")].join(""),
  ]);
  const statuses = [...bytes.toString().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(statuses).toEqual(["200", "401", "401", "200"]);
});

test("it speaks HTTP/1.0, as nginx does unless told otherwise, and HTTP/2", async () => {
  const old = await exchange(Number(new URL(altalune.url).port), [head("GET", "").replace("HTTP/1.1", "HTTP/1.0")]);
  expect(old.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  const session = connectHttp2(altalune.url);
  const statusOf = async (presented: readonly string[]) => {
    const stream = session.request({
      ":method": "POST",
      ":path": `/forward-auth?project_id=${projectId}`,
      "x-altalune-root-key": altalune.rootKey,
      "x-api-key": [...presented],
    });
    const [headers] = await once(stream, "response");
    stream.close();
    return { status: headers[":status"], tier: headers["x-altalune-tier"], code: headers["x-altalune-code"] };
  };
  for (let time = 0; time < 2; time++) {
    expect(await statusOf([key])).toEqual({ status: 200, tier: "" });
    expect(await statusOf([key, key])).toEqual({ status: 200, tier: "" });
    expect(await statusOf([key, "x"])).toMatchObject({ status: 401, code: "KEY_AMBIGUOUS" });
  }
  session.close();
});

test("a preflight of a page is a question like any other: it needs a key, and gets no word for browsers", async () => {
  await using open = await startTestInstance({
    beside: altalune,
    env: { ALTALUNE_CORS_ORIGINS: "*", LOG_LEVEL: "warn" },
  });
  const preflight = [
    ["Origin", "https://app.example.com"],
    ["Access-Control-Request-Method", "GET"],
  ] as const;
  for (const target of [`/forward-auth?project_id=${projectId}`, "/forward-auth/v1"]) {
    const headers = [...preflight, ["X-Altalune-Require-Project-Id", projectId] as const];
    const heard = await ask(open, { target, method: "OPTIONS", headers });
    expect(outcomeOf(heard)).toEqual(refusal(401, "KEY_MISSING"));
    expect(Object.keys(heard.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
  const rpc = await askAt(open.url, {
    target: "/altalune.v1.TierService/QueryTiers",
    method: "OPTIONS",
    headers: preflight,
  });
  expect(rpc.status).toBe(200);
});

test("answers carry the headers of every answer, and the metrics count them", async () => {
  await using counted = await startTestInstance({ beside: altalune, env: { LOG_LEVEL: "warn" } });
  const query = `project_id=${projectId}`;
  for (const headers of [[["X-API-Key", key]], [["X-API-Key", key]], [["X-API-Key", "garbage"]], []] as const) {
    const heard = await ask(counted, { query, headers });
    expect(heard.headers).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
  }
  await askAt(counted.url, { query });
  const metrics = await metricsOf(counted);
  expect(metrics).toMatch(/^altalune_rpcs_total\{method="forward-auth",code="ok"\} 4$/m);
  expect(metrics).toMatch(/^altalune_rpcs_total\{method="forward-auth",code="http_500"\} 1$/m);
  expect(metrics).toMatch(/^altalune_verifications_total\{code="valid"\} 2$/m);
});

test("from when an instance stops, gateways hear 503 there, and ask another", async () => {
  const stopping = await startTestInstance({ beside: altalune, env: { LOG_LEVEL: "warn" } });
  const question = { query: `project_id=${projectId}`, headers: [["X-API-Key", key]] as const };
  expect((await ask(stopping, question)).status).toBe(200);
  const statuses: string[] = [];
  const socket = connect(Number(new URL(stopping.url).port), "127.0.0.1");
  socket.on("data", (bytes) => statuses.push(...(/^HTTP\/1\.1 (\d+)/.exec(bytes.toString()) ?? []).slice(1)));
  socket.write(head("GET", ""));
  await once(socket, "data");
  const stopped = stopping.stop();
  socket.write(head("GET", ""));
  await once(socket, "close");
  await stopped;
  expect(statuses).toEqual(["200", "503"]);
});
