import { Code } from "@connectrpc/connect";
import { describe, expect } from "vitest";
import { newApiKey } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { makeVerdictKeys } from "../../support/verdict-keys.js";
import { check, headersIn, outcomeOf, passed, refusal } from "./check.js";

let altalune: TestInstance;
let projectId: string;
let keys: Readonly<Record<string, string>>;

test.beforeAll(async ({ instance }) => {
  altalune = instance;
  const made = await makeVerdictKeys(altalune, { usedUp: { perDay: 5 } });
  const limited = await made.make({ rateLimits: { perMinute: 100, perDay: 1000 }, ownerId: "zoe %" });
  projectId = made.projectId;
  keys = { ...made.keys, limited: limited.value, "bytes that are not UTF-8": "\u00ff\u00fe" };
});

const askWith = (key: string | undefined) =>
  check(altalune, {
    context: { project_id: projectId, scopes: "orders:read" },
    headers: key === undefined ? {} : { "x-api-key": key },
  });

const invalid = () => `Bearer realm="${projectId}", error="invalid_token"`;

const table: readonly (readonly [string, string, number, Code, (() => string) | undefined])[] = [
  ["NOT_FOUND", "NOT_FOUND", 401, Code.Unauthenticated, invalid],
  ["garbage", "NOT_FOUND", 401, Code.Unauthenticated, invalid],
  ["600 characters", "NOT_FOUND", 401, Code.Unauthenticated, invalid],
  ["bytes that are not UTF-8", "NOT_FOUND", 401, Code.Unauthenticated, invalid],
  ["of another project", "NOT_FOUND", 401, Code.Unauthenticated, invalid],
  ["a root key", "NOT_FOUND", 401, Code.Unauthenticated, invalid],
  ["DISABLED", "DISABLED", 401, Code.Unauthenticated, invalid],
  ["EXPIRED", "EXPIRED", 401, Code.Unauthenticated, invalid],
  ["REVOKED", "REVOKED", 410, Code.Unauthenticated, invalid],
  [
    "INSUFFICIENT_SCOPE",
    "INSUFFICIENT_SCOPE",
    403,
    Code.PermissionDenied,
    () => 'Bearer error="insufficient_scope", scope="orders:read"',
  ],
  ["RATE_LIMITED", "RATE_LIMITED", 429, Code.ResourceExhausted, undefined],
];

describe.each(table)("a key that is %s", (key, code, status, grpcCode, challenge) => {
  test("is denied with the status, headers and body of forward-auth, the first time and from memory", async () => {
    for (let time = 0; time < 3; time++) {
      const answer = await askWith(keys[key]);
      expect(outcomeOf(answer)).toEqual(refusal(status, code));
      expect(answer.status?.code).toBe(grpcCode);
      expect(answer.dynamicMetadata).toBeUndefined();
      const { value } = answer.httpResponse as Extract<typeof answer.httpResponse, { case: "deniedResponse" }>;
      const headers = headersIn(value.headers);
      expect(headers["www-authenticate"]).toBe(challenge?.());
      expect(headers["content-type"]).toBe("application/problem+json");
      expect(headers["x-altalune-status"]).toBe(String(status));
      expect(Object.keys(headers).filter((name) => /owner|key-|scopes|tier/.test(name))).toEqual([]);
      expect(value.body).not.toContain(keys[key]);
      if (status === 429) {
        expect(Number(headers["retry-after"])).toBeGreaterThan(0);
        expect(headers["ratelimit-policy"]).toBe('"day";q=5;w=86400');
      }
    }
  });
});

test("no key at all is 401 without an error, since nothing was wrong about one", async () => {
  const answer = await askWith(undefined);
  expect(outcomeOf(answer)).toEqual(refusal(401, "KEY_MISSING"));
  const { value } = answer.httpResponse as Extract<typeof answer.httpResponse, { case: "deniedResponse" }>;
  expect(headersIn(value.headers)["www-authenticate"]).toBe(`Bearer realm="${projectId}"`);
});

test("a good key passes with whose it is in headers that are always all there, and in Envoy's metadata", async () => {
  for (let time = 0; time < 3; time++) {
    const answer = await askWith(keys["VALID"]);
    expect(outcomeOf(answer)).toEqual(passed);
    const { value } = answer.httpResponse as Extract<typeof answer.httpResponse, { case: "okResponse" }>;
    const keyId = expect.stringMatching(/^[a-z0-9]{14}$/);
    const keyName = expect.any(String);
    expect(headersIn(value.headers)).toEqual({
      "x-altalune-project-id": projectId,
      "x-altalune-key-id": keyId,
      "x-altalune-key-name": keyName,
      "x-altalune-owner-id": "",
      "x-altalune-scopes": "orders:read",
      "x-altalune-tier": "",
    });
    expect(value).toMatchObject({ headersToRemove: [], responseHeadersToAdd: [], queryParametersToRemove: [] });
    expect(answer.dynamicMetadata).toEqual({
      altalune: {
        project_id: projectId,
        key_id: keyId,
        key_name: keyName,
        owner_id: "",
        scopes: ["orders:read"],
        tier: "",
        limits: [],
      },
    });
  }
});

test("of a limited key the client hears its limits, which stand in the metadata, too, and change from call to call", async () => {
  const remaining: unknown[] = [];
  for (let time = 0; time < 3; time++) {
    const answer = await askWith(keys["limited"]);
    const { value } = answer.httpResponse as Extract<typeof answer.httpResponse, { case: "okResponse" }>;
    expect(headersIn(value.headers)["x-altalune-owner-id"]).toBe("zoe%20%25");
    const told = headersIn(value.responseHeadersToAdd);
    expect(told["ratelimit-policy"]).toBe('"minute";q=100;w=60, "day";q=1000;w=86400');
    expect(told["ratelimit"]).toMatch(/^"minute";r=\d+;t=\d+, "day";r=\d+;t=\d+$/);
    expect(answer.dynamicMetadata).toMatchObject({
      altalune: {
        owner_id: "zoe %",
        limits: [
          { window: "minute", limit: 100, remaining: expect.any(Number), reset_seconds: expect.any(Number) },
          { window: "day", limit: 1000, remaining: expect.any(Number), reset_seconds: expect.any(Number) },
        ],
      },
    });
    remaining.push(told["ratelimit"]);
  }
  expect(new Set(remaining).size).toBeGreaterThan(1);
});

test("limits are exact: of 40 at once, as many pass as the limit lets", async () => {
  const { value } = await newApiKey(altalune.clients, projectId, { rateLimits: { perDay: 15 } });
  const question = { context: { project_id: projectId }, headers: { "x-api-key": value } };
  const answers = await Promise.all(Array.from({ length: 40 }, () => check(altalune, question)));
  expect(answers.filter(({ status }) => status?.code === 0)).toHaveLength(15);
});
