import { describe, expect } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { ask, type Header, outcomeOf, passed, refusal } from "./ask.js";

const other = newSecret("sk-");
let altalune: TestInstance;
let projectId: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId)).value;
});

const missing = refusal(401, "KEY_MISSING");
const ambiguous = refusal(401, "KEY_AMBIGUOUS");
const notFound = refusal(401, "NOT_FOUND");

type Case = readonly [what: string, headers: (key: string) => readonly Header[], outcome: object, query?: string];

/** Asked twice each: the second time memory may answer. */
const expectEach = async (cases: readonly Case[]): Promise<void> => {
  for (const [what, headers, outcome, query = ""] of cases) {
    for (let time = 0; time < 2; time++) {
      const heard = await ask(altalune, { query: `project_id=${projectId}${query}`, headers: headers(key) });
      expect({ what, outcome: outcomeOf(heard) }).toEqual({ what, outcome });
    }
  }
};

describe("without a word of the gateway's", () => {
  test("a key stands in X-API-Key or behind Bearer, in any case and with spaces around", () =>
    expectEach([
      ["x-api-key", (k) => [["x-api-key", k]], passed],
      ["X-API-KEY", (k) => [["X-API-KEY", ` \t${k} \t`]], passed],
      ["Bearer", (k) => [["Authorization", `Bearer ${k}`]], passed],
      ["bearer, spaces", (k) => [["authorization", `  bEARER  \t ${k}  `]], passed],
    ]));

  test("the same key in two places is one key, and two different keys are none", () =>
    expectEach([
      ["twice", (k) => [...one(k), ["Authorization", `Bearer ${k}`]], passed],
      ["twice in one header", (k) => [["X-API-Key", `${k}, ${k}`]], passed],
      ["the header twice", (k) => [...one(k), ...one(k)], passed],
      ["two places", (k) => [...one(k), ["Authorization", `Bearer ${other}`]], ambiguous],
      ["the other way round", (k) => [...one(other), ["Authorization", `Bearer ${k}`]], ambiguous],
      ["two headers of a name", (k) => [...one(k), ...one(other)], ambiguous],
      ["joined by a comma", (k) => [["X-API-Key", `${k},${other}`]], ambiguous],
      ["joined, many times the same before", (k) => [["X-API-Key", `${`${k},`.repeat(100)}${other}`]], ambiguous],
      ["garbage beside it", (k) => [["X-API-Key", `${k}, x`]], ambiguous],
      ["an empty one beside it", (k) => [["X-API-Key", `${k}, ,`]], passed],
      ["an empty header beside it", (k) => [...one(""), ...one(k)], passed],
    ]));

  test("of two Authorization headers or schemes the key is that of Bearer, and what follows it without a scheme is another", () =>
    expectEach([
      ["Basic alone", () => [["Authorization", "Basic YTpi"]], missing],
      ["Basic beside X-API-Key", (k) => [...one(k), ["Authorization", "Basic YTpi"]], passed],
      ["Basic, then Bearer", (k) => [["Authorization", `Basic YTpi, Bearer ${k}`]], passed],
      ["Bearer, then Basic", (k) => [["Authorization", `Bearer ${k}, Basic YTpi`]], passed],
      ["Digest with parameters", (k) => [["Authorization", `Digest username="a", realm="b", Bearer ${k}`]], passed],
      ["a header each", (k) => [auth("Basic YTpi"), auth(`Bearer ${k}`)], passed],
      ["two Bearers in headers", (k) => [auth(`Bearer ${k}`), auth(`Bearer ${other}`)], ambiguous],
      ["a word in a header behind a Bearer", (k) => [auth(`Bearer ${k}`), auth("xyz")], ambiguous],
      ["a word in a header before a Bearer", (k) => [auth("xyz"), auth(`Bearer ${k}`)], passed],
      ["two Bearers in one", (k) => [auth(`Bearer ${k}, Bearer ${other}`)], ambiguous],
      ["more behind the key", (k) => [auth(`Bearer ${k}, ${other}`)], ambiguous],
      ["a parameter behind the key", (k) => [auth(`Bearer ${k}, realm="x"`)], ambiguous],
      ["two words", (k) => [auth(`Bearer ${k} ${other}`)], notFound],
      ["Bearer without a key", () => [auth("Bearer")], missing],
      ["Bearer and a space", () => [auth("Bearer ")], missing],
      ["Bearerless", (k) => [auth(k)], missing],
      ["Bearer grown together", (k) => [auth(`Bearer${k}`)], missing],
    ]));

  test("a key in another header, in a cookie or in the URL is none", () =>
    expectEach([
      ["none", () => [], missing],
      ["an empty header", () => one(""), missing],
      ["underscores", (k) => [["X_API_Key", k]], missing],
      ["another header", (k) => [["X-Other-Key", k]], missing],
      ["a cookie", (k) => [["Cookie", `x-api-key=${k}`]], missing],
      ["the URL", (k) => [["X-Forwarded-Uri", `/a?x-api-key=${k}&api_key=${k}&key=${k}`]], missing],
      ["proxy credentials", (k) => [["Proxy-Authorization", `Bearer ${k}`]], missing],
    ]));
});

test("the gateway may name other headers, and then those alone hold keys", () =>
  expectEach([
    ["named", (k) => [["X-My-Key", k]], passed, "&key_header=X-My-Key"],
    ["not named any more", one, missing, "&key_header=X-My-Key"],
    ["nor this", (k) => [auth(`Bearer ${k}`)], missing, "&key_header=X-My-Key"],
    ["two named", (k) => [auth(`Bearer ${k}`)], passed, "&key_header=x-my-key&key_header=authorization"],
    [
      "two named, two keys",
      (k) => [
        ["x-a", k],
        ["x-b", other],
      ],
      ambiguous,
      "&key_header=x-a&key_header=x-b",
    ],
    [
      "one that Node gives once",
      (k) => [
        ["User-Agent", k],
        ["User-Agent", other],
      ],
      ambiguous,
      "&key_header=user-agent",
    ],
    ["a scheme of proxies", (k) => [["Proxy-Authorization", `Bearer ${k}`]], passed, "&key_header=proxy-authorization"],
  ]));

test("a key in the original URL counts where the gateway says so, with the headers", () =>
  expectEach([
    ["nginx", (k) => [["X-Original-URI", `/a?b=c&api_key=${k}`]], passed, "&key_query=api_key"],
    ["Traefik", (k) => [["X-Forwarded-Uri", `/a?api_key=${k}#x`]], passed, "&key_query=api_key"],
    ["encoded", (k) => [["X-Forwarded-Uri", `/a?api%5Fkey=%73${k.slice(1)}`]], passed, "&key_query=api_key"],
    ["both and the header", (k) => [...one(k), ["X-Forwarded-Uri", `/?api_key=${k}`]], passed, "&key_query=api_key"],
    ["two in the URL", (k) => [["X-Original-URI", `/?api_key=${k}&api_key=${other}`]], ambiguous, "&key_query=api_key"],
    [
      "two headers",
      (k) => [
        ["X-Original-URI", `/?k=${k}`],
        ["X-Forwarded-Uri", `/?k=${other}`],
      ],
      ambiguous,
      "&key_query=k",
    ],
    ["another parameter", (k) => [["X-Original-URI", `/?api_key=${k}`]], missing, "&key_query=key"],
    ["no query", (k) => [["X-Original-URI", `/api_key=${k}`]], missing, "&key_query=api_key"],
  ]));

function one(value: string): readonly Header[] {
  return [["X-API-Key", value]];
}

function auth(value: string): Header {
  return ["Authorization", value];
}
