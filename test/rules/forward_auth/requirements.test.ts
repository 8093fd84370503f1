import { describe, expect } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { ask, type Header, outcomeOf, passed, refusal } from "./ask.js";

let altalune: TestInstance;
let projectId: string;
let elsewhere: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  elsewhere = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId, { scopes: ["a:*"], rateLimits: { perDay: 1000 } })).value;
});

const withKey = (headers: readonly Header[] = []): readonly Header[] => [["X-API-Key", key], ...headers];
const requirement = (name: string, value: string): Header => [`X-Altalune-Require-${name}`, value];
const invalid = refusal(500, "REQUIREMENT_INVALID");
const remaining = (limits: unknown): number => Number(/r=(\d+)/.exec(String(limits))?.[1]);

describe("at exactly /forward-auth", () => {
  test("the query says which project, which scopes, all of them, and what it costs", async () => {
    const query = `project_id=${projectId}&scope=a:read&scope=a:write&cost=7`;
    expect(outcomeOf(await ask(altalune, { query, headers: withKey() }))).toEqual(passed);
    const missing = await ask(altalune, { query: `${query}&scope=b:read`, headers: withKey() });
    expect(outcomeOf(missing)).toEqual(refusal(403, "INSUFFICIENT_SCOPE"));
    expect(missing.headers["www-authenticate"]).toBe(
      'Bearer error="insufficient_scope", scope="a:read a:write b:read"',
    );
    const denied = await ask(altalune, { query: `project_id=${projectId}&cost=1001`, headers: withKey() });
    expect(outcomeOf(denied)).toEqual(refusal(429, "RATE_LIMITED"));
    const read = await ask(altalune, { query: `project_id=${projectId}&cost=0`, headers: withKey() });
    expect(outcomeOf(read)).toEqual(passed);
    expect(remaining(read.headers["ratelimit"])).toBeLessThanOrEqual(993);
  });

  test("a fault of the gateway's configuration is 500 with its reason in words, and never lets anybody in", async () => {
    const project = () => `project_id=${projectId}`;
    const faults: readonly (readonly [query: string, names: string])[] = [
      ["", "project_id"],
      ["project_id=", "project_id"],
      ["project_id=short", "project_id"],
      [`${project()}0`, "project_id"],
      [`${project()}&${project()}`, "project_id"],
      [`${project()}&project%5Fid=${elsewhere}`, "project_id"],
      [`PROJECT_ID=${projectId}`, "project_id"],
      [`${project()}&scopes=a:read`, "scope"],
      [`${project()}&scope=`, "scope"],
      [`${project()}&scope=a:*`, "scope"],
      [`${project()}&scope=a:read b:read`, "scope"],
      [`${project()}&scope=a:read,b:read`, "scope"],
      [`${project()}&scope=${newSecret("sk-")}`, "scope"],
      [`${project()}${"&scope=a:read".repeat(65)}`, "scope"],
      [`${project()}&cost=`, "cost"],
      [`${project()}&cost=-1`, "cost"],
      [`${project()}&cost=1.5`, "cost"],
      [`${project()}&cost=1e3`, "cost"],
      [`${project()}&cost=4294967296`, "cost"],
      [`${project()}&cost=1&cost=0`, "cost"],
      [`${project()}&deny=401`, "deny"],
      [`${project()}&deny=401-403&deny=401-403`, "deny"],
      [`${project()}&key_header=`, "key_header"],
      [`${project()}&key_header=X%20Key`, "key_header"],
      [`${project()}&key_header=X-Altalune-Root-Key`, "key_header"],
      [`${project()}${"&key_header=x-a".repeat(9)}`, "key_header"],
      [`${project()}&key_query=`, "key_query"],
      [`${project()}&key_query=a&key_query=a`, "key_query"],
    ];
    for (const [query, names] of faults) {
      for (let time = 0; time < 2; time++) {
        const heard = await ask(altalune, {
          target: `/forward-auth?${query.replaceAll(" ", "%20")}`,
          headers: withKey(),
        });
        expect({ query, outcome: outcomeOf(heard) }).toEqual({ query, outcome: invalid });
        expect(heard.body).toContain(names);
        expect(heard.body).not.toMatch(/sk-|a:read/);
      }
    }
  });

  test("headers say nothing: a client that sends them is not heard", async () => {
    const headers = withKey([
      requirement("Project-Id", elsewhere),
      requirement("Cost", "0"),
      requirement("Scopes", "b:read"),
      requirement("Key-Header", "x-other"),
      requirement("Deny", "401-403"),
      requirement("Nonsense", "x"),
    ]);
    expect(outcomeOf(await ask(altalune, { query: `project_id=${projectId}`, headers }))).toEqual(passed);
    expect(outcomeOf(await ask(altalune, { query: "", headers }))).toEqual(invalid);
  });
});

describe("below /forward-auth", () => {
  const below = (headers: readonly Header[], target = "/forward-auth/v1/orders") =>
    ask(altalune, { target, headers: withKey(headers) });

  test("headers say what is asked, with scopes and key headers parted by commas or spaces", async () => {
    const project = requirement("Project-Id", projectId);
    expect(outcomeOf(await below([project]))).toEqual(passed);
    expect(outcomeOf(await below([project, requirement("Scopes", "a:read, a:write a:b")]))).toEqual(passed);
    expect(outcomeOf(await below([project, requirement("Scopes", "a:read,b:read")]))).toEqual(
      refusal(403, "INSUFFICIENT_SCOPE"),
    );
    expect(outcomeOf(await below([project, requirement("Cost", "1001"), requirement("Deny", "401-403")]))).toEqual(
      refusal(403, "RATE_LIMITED", 429),
    );
    expect(outcomeOf(await below([project, requirement("Key-Header", "x-a, X-API-Key")]))).toEqual(passed);
    expect(outcomeOf(await below([project, requirement("Key-Header", "x-a")]))).toEqual(refusal(401, "KEY_MISSING"));
  });

  test("nothing is read from the query, which is the client's", async () => {
    const project = requirement("Project-Id", projectId);
    const injected = [
      `/forward-auth/?project_id=${elsewhere}`,
      `/forward-auth/v1?project_id=${elsewhere}&project_id=x&scope=b:read&key_header=x-none&deny=401-403&nonsense=1`,
      `/forward-auth//forward-auth?project_id=${elsewhere}`,
      `/forward-auth/../forward-auth?project_id=${elsewhere}`,
      "/forward-auth/?",
    ];
    for (const target of injected) {
      expect(outcomeOf(await below([project], target))).toEqual(passed);
      expect(outcomeOf(await below([], target))).toEqual(invalid);
    }
    const before = remaining((await below([project, requirement("Cost", "0")])).headers["ratelimit"]);
    await below([project, requirement("Cost", "10")], "/forward-auth/v1?cost=0");
    const after = remaining((await below([project, requirement("Cost", "0")])).headers["ratelimit"]);
    expect(before - after).toBeGreaterThanOrEqual(10);
  });

  test("a requirement that comes twice, is empty, or is not known, is 500", async () => {
    const project = requirement("Project-Id", projectId);
    const faults: readonly (readonly Header[])[] = [
      [],
      [project, project],
      [project, requirement("Project-Id", elsewhere)],
      [requirement("Project-Id", `${projectId}, ${elsewhere}`)],
      [requirement("Project-Id", "")],
      [["X_Altalune_Require_Project_Id", projectId]],
      [project, requirement("Cost", "1"), requirement("Cost", "0")],
      [project, requirement("Cost", "")],
      [project, requirement("Deny", "401-403"), requirement("Deny", "401-403")],
      [project, requirement("Scopes", "")],
      [project, requirement("Scope", "a:read")],
      [project, requirement("Scopes", "a:*")],
      [project, requirement("Key-Header", "")],
    ];
    for (const headers of faults) {
      for (let time = 0; time < 2; time++) {
        expect({ headers, outcome: outcomeOf(await below(headers)) }).toEqual({ headers, outcome: invalid });
      }
    }
  });
});

test("a huge query is refused, never taken", async () => {
  const long = await ask(altalune, { query: `project_id=${projectId}&x=${"y".repeat(8_000)}`, headers: withKey() });
  expect(outcomeOf(long)).toEqual(invalid);
  const many = await ask(altalune, { query: `project_id=${projectId}${"&a".repeat(7_000)}`, headers: withKey() });
  expect(outcomeOf(many)).toEqual(invalid);
  const tooLong = await ask(altalune, { query: `project_id=${projectId}&x=${"y".repeat(20_000)}` });
  expect(tooLong.status).toBe(431);
});

test("what only looks like the path is not found", async () => {
  const near = [
    "/forward-authx",
    "/forward-aut",
    "//forward-auth",
    "/Forward-Auth",
    "/forward%2Dauth",
    "/x/forward-auth",
  ];
  for (const path of near) {
    const { status } = await ask(altalune, { target: `${path}?project_id=${projectId}`, headers: withKey() });
    expect({ path, status }).toEqual({ path, status: 404 });
  }
});
