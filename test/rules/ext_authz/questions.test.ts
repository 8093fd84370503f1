import { describe, expect } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { check, outcomeOf, passed, type Question, refusal } from "./check.js";

const other = newSecret("sk-");
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

const invalid = refusal(500, "REQUIREMENT_INVALID");
const missing = refusal(401, "KEY_MISSING");
const ambiguous = refusal(401, "KEY_AMBIGUOUS");

/** Asked twice each: the second time memory may answer. */
async function expectOutcome(question: Question, outcome: object, what: unknown = question): Promise<void> {
  for (let time = 0; time < 2; time++) {
    expect({ what, outcome: outcomeOf(await check(altalune, question)) }).toEqual({ what, outcome });
  }
}

describe("context_extensions", () => {
  const asked = (context: Readonly<Record<string, string>>): Question => ({
    context: { project_id: projectId, ...context },
    headers: { "x-api-key": key },
  });

  test("say which scopes, all of them, what it costs, and where the key stands", async () => {
    await expectOutcome(asked({ scopes: "a:read, a:write a:b" }), passed);
    await expectOutcome(asked({ scopes: "a:read,b:read" }), refusal(403, "INSUFFICIENT_SCOPE"));
    await expectOutcome(asked({ cost: "1001" }), refusal(429, "RATE_LIMITED"));
    await expectOutcome(asked({ cost: "0" }), passed);
    await expectOutcome(asked({ key_header: "x-a, X-API-Key" }), passed);
    await expectOutcome(asked({ key_header: "x-a" }), missing);
    await expectOutcome(asked({ strip_key: "false" }), passed);
  });

  test("that cannot be read are denied with 500 and a reason in words, and never let anybody in", async () => {
    const faults: readonly (readonly [context: Readonly<Record<string, string>>, names: string])[] = [
      [{ project_id: "" }, "project_id"],
      [{ project_id: "short" }, "project_id"],
      [{ project_id: `${projectId},${elsewhere}` }, "project_id"],
      [{ scope: "a:read" }, "scopes"],
      [{ scopes: "" }, "scopes"],
      [{ scopes: "a:*" }, "scopes"],
      [{ scopes: newSecret("sk-") }, "scopes"],
      [{ cost: "" }, "cost"],
      [{ cost: "-1" }, "cost"],
      [{ cost: "1,0" }, "cost"],
      [{ key_header: "" }, "key_header"],
      [{ key_header: "X-Altalune-Root-Key" }, "key_header"],
      [{ key_query: "" }, "key_query"],
      [{ strip_key: "yes" }, "strip_key"],
      [{ strip_key: "" }, "strip_key"],
      [{ deny: "401-403" }, "strip_key"],
      [{ nonsense: "x" }, "project_id"],
    ];
    for (const [context, names] of faults) {
      await expectOutcome(asked(context), invalid, context);
      const answer = await check(altalune, asked(context));
      const { value } = answer.httpResponse as Extract<typeof answer.httpResponse, { case: "deniedResponse" }>;
      expect(value.body).toContain(names);
      expect(value.body).not.toMatch(/sk-|a:read/);
    }
    await expectOutcome({ headers: { "x-api-key": key } }, invalid);
  });

  test("alone say it: a client that sends requirements in headers or in its query is not heard", async () => {
    const headers = {
      "x-api-key": key,
      "x-altalune-require-project-id": elsewhere,
      "x-altalune-require-cost": "1001",
      "x-altalune-require-scopes": "b:read",
    };
    const path = `/?project_id=${elsewhere}&cost=1001&scopes=b:read`;
    await expectOutcome({ context: { project_id: projectId }, headers, path }, passed);
    await expectOutcome({ headers, path: `/?project_id=${projectId}` }, invalid);
  });
});

describe("the key", () => {
  const asked = (given: Question, context = {}): Question => ({
    context: { project_id: projectId, ...context },
    ...given,
  });

  test("stands in headers that Envoy has joined by commas, and two different ones are none", async () => {
    const cases: readonly (readonly [headers: Readonly<Record<string, string>>, outcome: object])[] = [
      [{ "x-api-key": key }, passed],
      [{ authorization: `bEARER  ${key} ` }, passed],
      [{ "x-api-key": key, authorization: `Bearer ${key}` }, passed],
      [{ "x-api-key": `${key},${key}` }, passed],
      [{ "x-api-key": `${key},${other}` }, ambiguous],
      [{ "x-api-key": `${other},${key}` }, ambiguous],
      [{ "x-api-key": key, authorization: `Bearer ${other}` }, ambiguous],
      [{ authorization: `Basic YTpi,Bearer ${key}` }, passed],
      [{ authorization: `Bearer ${key},${other}` }, ambiguous],
      [{ "x-api-key": key, authorization: "Basic YTpi" }, passed],
      [{ authorization: key }, missing],
      [{ x_api_key: key }, missing],
      [{ cookie: `x-api-key=${key}` }, missing],
      [{}, missing],
    ];
    for (const [headers, outcome] of cases) {
      await expectOutcome(asked({ headers }), outcome, headers);
    }
  });

  test("stands as well in headers that come one by one, as bytes (encode_raw_headers)", async () => {
    const name = "x-api-key";
    await expectOutcome(
      asked({
        rawHeaders: [
          [":path", "/"],
          [name, key],
        ],
      }),
      passed,
    );
    await expectOutcome(
      asked({
        rawHeaders: [
          [name, key],
          [name, key],
        ],
      }),
      passed,
    );
    await expectOutcome(
      asked({
        rawHeaders: [
          [name, key],
          [name, other],
        ],
      }),
      ambiguous,
    );
    await expectOutcome(
      asked({
        rawHeaders: [
          [name, other],
          ["authorization", `Bearer ${key}`],
        ],
      }),
      ambiguous,
    );
  });

  test("stands in the query where the operator says so, and nowhere else in the path", async () => {
    const path = `/a?api_key=${key}&x=1`;
    await expectOutcome(asked({ path }), missing);
    await expectOutcome(asked({ path }, { key_query: "api_key" }), passed);
    await expectOutcome(asked({ path, headers: { "x-api-key": other } }, { key_query: "api_key" }), ambiguous);
    const made = { "x-original-uri": `/?api_key=${key}`, "x-forwarded-uri": `/?api_key=${key}` };
    await expectOutcome(asked({ headers: made }, { key_query: "api_key" }), missing);
  });
});

describe("what is taken out of a request that passes", () => {
  const removedOf = async (given: Question, context = {}) => {
    const answers = [];
    for (let time = 0; time < 3; time++) {
      const { httpResponse } = await check(altalune, { context: { project_id: projectId, ...context }, ...given });
      if (httpResponse.case !== "okResponse") {
        throw new Error("it did not pass");
      }
      const { headersToRemove, queryParametersToRemove } = httpResponse.value;
      answers.push({ headers: headersToRemove, query: queryParametersToRemove });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    return answers[0];
  };

  test("is nothing unless the operator says so", async () => {
    expect(await removedOf({ headers: { "x-api-key": key } })).toEqual({ headers: [], query: [] });
  });

  test("is by strip_key the header that the key stands in, wherever it may stand, and no other credentials", async () => {
    const strip = { strip_key: "true" };
    expect(await removedOf({ headers: { "x-api-key": key, authorization: "Basic YTpi" } }, strip)).toEqual({
      headers: ["x-api-key"],
      query: [],
    });
    expect(await removedOf({ headers: { "x-api-key": key, authorization: `Bearer ${key}` } }, strip)).toEqual({
      headers: ["x-api-key", "authorization"],
      query: [],
    });
    expect(await removedOf({ headers: { "x-key": key } }, { ...strip, key_header: "X-Key" })).toEqual({
      headers: ["x-key"],
      query: [],
    });
    const inQuery = { ...strip, key_query: "api_key" };
    expect(await removedOf({ path: `/?api_key=${key}` }, inQuery)).toEqual({ headers: [], query: ["api_key"] });
    expect(await removedOf({ path: `/?ap%69_key=${key}&api%5Fkey=${key}&a=b` }, inQuery)).toEqual({
      headers: [],
      query: ["ap%69_key", "api%5Fkey"],
    });
    expect(await removedOf({ headers: { "x-api-key": key } }, inQuery)).toEqual({ headers: ["x-api-key"], query: [] });
  });

  test("are always headers that look like ours and are not, with underscores too", async () => {
    const removed = await removedOf({
      headers: {
        "x-api-key": key,
        "x-altalune-owner-id": "admin",
        x_altalune_owner_id: "admin",
        "x-altalune_owner_id": "admin",
        "x_altalune-owner-id": "admin",
        "x-altalune-root-key": "admin",
        "x-altalune-other": "admin",
        "x-altalunes": "mine",
      },
    });
    expect(removed?.headers.toSorted()).toEqual([
      "x-altalune-other",
      "x-altalune-root-key",
      "x-altalune_owner_id",
      "x_altalune-owner-id",
      "x_altalune_owner_id",
    ]);
  });
});
