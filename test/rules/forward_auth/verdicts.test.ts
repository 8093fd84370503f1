import type { IncomingHttpHeaders } from "node:http";
import { parseList } from "structured-headers";
import { describe, expect } from "vitest";
import { Granularity } from "../../../gen/altalune/v1/usage_pb.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { makeVerdictKeys } from "../../support/verdict-keys.js";
import { ask, type Heard, outcomeOf, passed, refusal } from "./ask.js";

let altalune: TestInstance;
let projectId: string;
let keys: Readonly<Record<string, string>>;

test.beforeAll(async ({ instance }) => {
  altalune = instance;
  const made = await makeVerdictKeys(altalune, { usedUp: { perMinute: 5, perDay: 5 } });
  projectId = made.projectId;
  keys = { ...made.keys, TOO_COSTLY: (await made.make({ rateLimits: { perMinute: 3 } })).value };
});

const askWith = (key: string | undefined, query = "", method = "GET"): Promise<Heard> =>
  ask(altalune, {
    query: `project_id=${projectId}&scope=orders:read${query}`,
    headers: key === undefined ? [] : [["X-API-Key", key]],
    method,
  });

const invalid = () => `Bearer realm="${projectId}", error="invalid_token"`;
const unscoped = () => 'Bearer error="insufficient_scope", scope="orders:read"';

/** Of each key: the code, the status, the one for gateways that know two, and WWW-Authenticate. */
const table: readonly (readonly [string, string, number, number, (() => string) | undefined])[] = [
  ["NOT_FOUND", "NOT_FOUND", 401, 401, invalid],
  ["garbage", "NOT_FOUND", 401, 401, invalid],
  ["600 characters", "NOT_FOUND", 401, 401, invalid],
  ["of another project", "NOT_FOUND", 401, 401, invalid],
  ["a root key", "NOT_FOUND", 401, 401, invalid],
  ["DISABLED", "DISABLED", 401, 401, invalid],
  ["EXPIRED", "EXPIRED", 401, 401, invalid],
  ["REVOKED", "REVOKED", 410, 401, invalid],
  ["INSUFFICIENT_SCOPE", "INSUFFICIENT_SCOPE", 403, 403, unscoped],
  ["RATE_LIMITED", "RATE_LIMITED", 429, 403, undefined],
];

describe.each(table)("a key that is %s", (key, code, status, byTwo, challenge) => {
  test("is refused by its status, the first time and from memory", async () => {
    for (let time = 0; time < 3; time++) {
      const heard = await askWith(keys[key]);
      expect(outcomeOf(heard)).toEqual(refusal(status, code));
      expect(heard.headers["www-authenticate"]).toBe(challenge?.());
    }
  });

  test("is 401 or 403 to a gateway that knows no others, with the status that it would have had", async () => {
    for (let time = 0; time < 3; time++) {
      const heard = await askWith(keys[key], "&deny=401-403");
      expect(outcomeOf(heard)).toEqual(refusal(byTwo, code, status));
      expect(heard.headers["www-authenticate"]).toBe(challenge?.());
    }
  });

  test("is told in a problem that names no key and no owner, and to HEAD without it", async () => {
    const heard = await askWith(keys[key]);
    expect(heard.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(heard.body)).toEqual({
      type: "about:blank",
      title: expect.stringMatching(/^[A-Z]/),
      status,
      detail: expect.stringMatching(/^.{10,}$/),
      instance: heard.headers["x-request-id"],
      reason: code,
    });
    expect(heard.body).not.toContain(keys[key]);
    expect(Object.keys(heard.headers).filter((name) => /owner|key-|scopes|tier/.test(name))).toEqual([]);
    const head = await askWith(keys[key], "", "HEAD");
    expect(withoutMoments(head.headers)).toEqual(withoutMoments(heard.headers));
    expect({ status: head.status, body: head.body }).toEqual({ status, body: "" });
  });
});

test("no key at all is 401 without an error, since nothing was wrong about one", async () => {
  for (const deny of ["", "&deny=401-403"]) {
    const heard = await askWith(undefined, deny);
    expect(outcomeOf(heard)).toEqual(refusal(401, "KEY_MISSING"));
    expect(heard.headers["www-authenticate"]).toBe(`Bearer realm="${projectId}"`);
  }
});

test("a good key passes with an empty body, whatever the method", async () => {
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"]) {
    const heard = await askWith(keys["VALID"], "", method);
    expect(outcomeOf(heard)).toEqual(passed);
    expect(heard.headers["content-length"]).toBe("0");
  }
});

test("a limit that is used up says when to come again, and where the key stands", async () => {
  const { headers } = await askWith(keys["RATE_LIMITED"]);
  const seconds = Number(headers["retry-after"]);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(86_400);
  expect(headers["ratelimit-policy"]).toBe('"minute";q=5;w=60, "day";q=5;w=86400');
  expect(headers["ratelimit"]).toMatch(/^"minute";r=[05];t=\d+, "day";r=0;t=\d+$/);
});

test("a call that costs more than a whole window is not told to wait, which would not help", async () => {
  const heard = await askWith(keys["TOO_COSTLY"], "&cost=4");
  expect(outcomeOf(heard)).toEqual(refusal(429, "RATE_LIMITED"));
  expect(heard.headers["retry-after"]).toBeUndefined();
});

test("RateLimit headers are structured fields that count down, and a key without limits has none", async () => {
  const { value } = await newApiKey(altalune.clients, projectId, { rateLimits: { perMinute: 100, perDay: 1000 } });
  const query = `project_id=${projectId}`;
  for (let spent = 1; spent <= 3; spent++) {
    const { headers } = await ask(altalune, { query, headers: [["X-API-Key", value]] });
    const [policy, limits] = [headers["ratelimit-policy"], headers["ratelimit"]].map((text) => parseList(String(text)));
    expect(policy?.map(([name, parameters]) => [name, ...parameters.values()])).toEqual([
      ["minute", 100, 60],
      ["day", 1000, 86_400],
    ]);
    for (const [, parameters] of limits ?? []) {
      expect([...parameters.keys()]).toEqual(["r", "t"]);
      expect(parameters.get("r")).toBeGreaterThanOrEqual(0);
      expect(parameters.get("t")).toBeGreaterThanOrEqual(0);
    }
    expect(limits?.[0]?.[1].get("t")).toBeLessThanOrEqual(60);
    expect(limits?.[1]?.[1].get("t")).toBeLessThanOrEqual(86_400);
  }
  expect((await askWith(keys["VALID"])).headers["ratelimit"]).toBeUndefined();
});

test("limits are exact: of 40 at once, as many pass as the limit lets", async () => {
  const { value } = await newApiKey(altalune.clients, projectId, { rateLimits: { perDay: 15 } });
  const answers = await Promise.all(
    Array.from({ length: 40 }, () =>
      ask(altalune, { query: `project_id=${projectId}`, headers: [["X-API-Key", value]] }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(15);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
});

test("usage is recorded as of VerifyApiKey", async () => {
  const usedProject = await newProject(altalune.clients);
  const { id, value } = await newApiKey(altalune.clients, usedProject);
  const query = `project_id=${usedProject}`;
  for (const scope of ["", "&scope=missing"]) {
    await ask(altalune, { query: query + scope, headers: [["X-API-Key", value]] });
  }
  const span = { startTime: fromNow(-dayMs), endTime: fromNow(dayMs), granularity: Granularity.DAY };
  const counts = async () => {
    const { buckets } = await altalune.clients.usage.getUsage({ projectId: usedProject, apiKeyId: id, ...span });
    return Object.assign({}, ...buckets.map((bucket) => bucket.counts));
  };
  await expect.poll(counts).toEqual({ VERIFICATION_CODE_VALID: 1n, VERIFICATION_CODE_INSUFFICIENT_SCOPE: 1n });
});

/** A second may have begun between two answers. */
function withoutMoments(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const ratelimit = String(headers["ratelimit"] ?? "").replace(/t=\d+/g, "t=");
  return {
    ...headers,
    date: "",
    "x-request-id": "",
    "retry-after": headers["retry-after"]?.replace(/\d+/, ""),
    ratelimit,
  };
}
