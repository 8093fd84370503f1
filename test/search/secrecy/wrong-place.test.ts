import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { dumpOf } from "./dump.js";
import { rawRequests } from "./raw-requests.js";
import { talk } from "./raw-socket.js";
import { SecretFinder } from "./secret-finder.js";
import { Wire, type WireRequest, wholeText } from "./wire.js";

const environmentKey = `not.of.our.shape.${crypto.randomUUID().replaceAll("-", "")}`.slice(0, 40);
const secrets = ["a key", "the caller's root key", "ALTALUNE_ROOT_KEY"] as const;
const verify = "/altalune.v1.VerificationService/VerifyApiKey";
const json = "application/json";

let altalune: TestInstance;
let wire: Wire;
const finder = new SecretFinder();
let misplaced: Record<(typeof secrets)[number], { readonly secret: string; readonly caller: string }>;

beforeAll(async () => {
  const env = { ALTALUNE_ROOT_KEY: environmentKey, ALTALUNE_CORS_ORIGINS: "https://app.example.com" };
  altalune = await startTestInstance({ env: { ...env, ALTALUNE_TRUSTED_PROXIES: "loopback" } });
  wire = new Wire(altalune.url);
  const { value: key } = await newApiKey(altalune.clients, await newProject(altalune.clients));
  const request = { name: "of the caller", scopes: ["*"], projects: undefined, expiresAt: undefined };
  const { keyValue: rootKey } = await altalune.services.rootKeys.create(commandLineCaller, request);
  misplaced = {
    "a key": { secret: key, caller: rootKey },
    "the caller's root key": { secret: rootKey, caller: rootKey },
    ALTALUNE_ROOT_KEY: { secret: environmentKey, caller: environmentKey },
  };
  for (const name of secrets) {
    finder.add(name, misplaced[name].secret);
  }
});

afterAll(async () => {
  wire.close();
  await altalune.stop();
});

describe.each(secrets)("%s where it does not belong in HTTP", (name) => {
  test.each(["http1", "http2"] as const)("comes back in no response over %s", async (version) => {
    const { secret, caller } = misplaced[name];
    const answers: [place: string, text: string][] = [];
    for (const [place, { headers, ...request }] of Object.entries(wrongPlaces(secret))) {
      const usual = { "content-type": json, authorization: `Bearer ${caller}` };
      const body = request.method === "GET" ? "" : "{}";
      const answer = await wire[version]({ body, ...request, headers: { ...usual, ...headers } });
      answers.push([place, wholeText(answer)]);
    }
    expect(finder.findIn(answers)).toEqual([]);
  });

  test("comes back in no response to what is hardly HTTP", async () => {
    const { secret, caller } = misplaced[name];
    const port = Number(new URL(altalune.url).port);
    const answers: [place: string, text: Buffer][] = [];
    for (const [place, bytes] of Object.entries(rawRequests(verify, secret, caller))) {
      answers.push([place, await talk(port, bytes)]);
    }
    expect(finder.findIn(answers)).toEqual([]);
    // A tunnel is refused without a word.
    expect(answers.filter(([, { length }]) => length === 0).map(([place]) => place)).toEqual(["a target of CONNECT"]);
  });
});

test("what stood in a wrong place stands in no log line, no metric and no table afterwards", async () => {
  expect(finder.findIn(altalune.logLines.map((line) => [line.slice(0, 300), line]))).toEqual([]);
  expect(finder.find(await (await fetch(`${altalune.url}/metrics`)).text())).toEqual([]);
  expect(finder.findIn(await dumpOf(altalune.databaseUrl))).toEqual([]);
  expect(altalune.logLines.length).toBeGreaterThan(100);
});

/** By name, requests that hold the secret where it has no business. */
function wrongPlaces(secret: string): Readonly<Record<string, WireRequest>> {
  const grpc = { "content-type": "application/grpc", te: "trailers" };
  const inHeader = (header: string, value: string, others = {}): [string, WireRequest] => [
    `the header ${header}, as ${value.replace(secret, "…")}${"content-type" in others ? " of gRPC" : ""}`,
    { path: verify, headers: { ...others, [header]: value } },
  ];
  return {
    "the query": { path: `${verify}?key=${secret}` },
    "the name of a query's parameter": { path: `${verify}?${secret}` },
    "the query of a GET": { path: `${verify}?connect=v1&encoding=json&message=${secret}`, method: "GET" },
    "the query of GraphQL": { path: `/graphql?query={${secret}}` },
    "a document of GraphQL": { path: "/graphql", body: JSON.stringify({ query: `{ ${secret} }` }) },
    "a body of GraphQL": { path: "/graphql", body: secret },
    "the query of a probe": { path: `/readyz?key=${secret}`, method: "GET" },
    "the query of the metrics": { path: `/metrics?${secret}=1`, method: "GET" },
    "the path": { path: `/${secret}` },
    "the rpc's name": { path: `/altalune.v1.VerificationService/${secret}` },
    "the service's name": { path: `/${secret}/VerifyApiKey` },
    "the path behind an rpc's": { path: `${verify}/${secret}` },
    "the fragment": { path: `${verify}#${secret}` },
    "the path of a preflight": { path: `/${secret}`, method: "OPTIONS" },
    "the body of an unknown path": { path: "/nothing", body: secret },
    "the body of a probe": { path: "/readyz", body: secret },
    "the whole authorization": { path: verify, headers: { authorization: secret } },
    "another scheme's authorization": { path: verify, headers: { authorization: `Basic ${secret}` } },
    "an authorization with more behind it": { path: verify, headers: { authorization: `Bearer ${secret} ${secret}` } },
    "the authority": { path: verify, headers: { host: secret } },
    ...Object.fromEntries([
      inHeader("x-request-id", secret),
      inHeader("x-request-id", `request-${secret}`),
      inHeader("connect-timeout-ms", secret),
      inHeader("grpc-timeout", secret, grpc),
      inHeader("content-type", secret),
      inHeader("content-type", `application/${secret}`),
      inHeader("content-type", `application/json; charset=${secret}`),
      inHeader("content-type", `application/grpc+${secret}`),
      inHeader("content-type", `application/connect+${secret}`),
      inHeader("content-encoding", secret),
      inHeader("connect-content-encoding", secret, { "content-type": "application/connect+json" }),
      inHeader("grpc-encoding", secret, grpc),
      inHeader("accept-encoding", secret),
      inHeader("grpc-accept-encoding", secret, grpc),
      inHeader("connect-accept-encoding", secret),
      inHeader("connect-protocol-version", secret),
      inHeader("accept", secret),
      inHeader("user-agent", secret),
      inHeader("x-user-agent", secret),
      inHeader("origin", secret),
      inHeader("origin", `https://${secret}`),
      inHeader("referer", `https://app.example.com/?key=${secret}`),
      inHeader("cookie", `key=${secret}`),
      inHeader("x-forwarded-for", secret),
      inHeader("x-forwarded-host", secret),
      inHeader("forwarded", `for=${secret}`),
      inHeader("traceparent", `00-${secret}-01`),
      inHeader("x-api-key", secret),
      inHeader("if-none-match", `"${secret}"`),
      inHeader("range", `bytes=${secret}`),
      inHeader(secret.toLowerCase(), "1"),
    ]),
    "a preflight's headers": {
      path: verify,
      method: "OPTIONS",
      headers: {
        origin: "https://app.example.com",
        "access-control-request-method": secret,
        "access-control-request-headers": secret,
      },
    },
  };
}
