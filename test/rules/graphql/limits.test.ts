import { getIntrospectionQuery } from "graphql";
import { describe, expect } from "vitest";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";
import { generateKey, graphqlClient, post } from "./client.js";

let altalune: TestInstance;
let projectId: string;
let token: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  token = await newPortalToken(altalune, projectId, "alice");
});

interface Answer {
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly data?: unknown;
}

async function answerOf(response: Response) {
  const text = await response.text();
  const { errors: [first] = [], data } = JSON.parse(text) as Answer;
  return { status: response.status, message: first?.message ?? "", ...first?.extensions, data, text };
}

const ask = async (query: string, variables?: unknown) =>
  answerOf(await post(altalune, token, JSON.stringify({ query, variables })));

const times = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(" ");

const limit = { status: 400, reason: "DOCUMENT_LIMIT", data: undefined };

/** Each is refused before anything of it is executed. */
const bombs: readonly (readonly [what: string, document: string, words: string])[] = [
  ["is nine fields deep", `{ ${times(8, () => "apiKeys {")} id ${times(8, () => "}")} }`, "8 fields deep"],
  [
    "is nine fields deep by its fragments",
    `{ apiKeys { ...A } } fragment A on APIKey { a { b { ...B } } } fragment B on APIKey { c { d { ...C } } }
     fragment C on APIKey { e { f { g { h } } } }`,
    "8 fields deep",
  ],
  ["has 21 aliases", `{ ${times(21, (i) => `a${i}: apiKey(id: "${i}") { id }`)} }`, "20 aliases"],
  ["asks for the list twice", "{ a: apiKeys { id } b: apiKeys { id } }", "by 2 aliases"],
  ["asks for the same of a key by aliases", `{ apiKeys { ${times(20, (i) => `s${i}: scopes`)} } }`, "by 20 aliases"],
  ["has 21 directives", `{ apiKeys { id ${times(21, () => "@include(if: true)")} } }`, "20 directives"],
  ["has directives that are not there", `{ apiKeys { id ${times(21, (i) => `@d${i}`)} } }`, "20 directives"],
  ["has two operations", "query A { apiKeys { id } } query B { apiKeys { id } }", "one operation"],
  ["has no operation", "fragment A on APIKey { id }", "one operation"],
  [
    "has fragments in a circle",
    "{ apiKeys { ...A } } fragment A on APIKey { ...B } fragment B on APIKey { ...A }",
    "circle",
  ],
  ["has a fragment in itself", "{ apiKeys { ...A } } fragment A on APIKey { id ...A }", "circle"],
  [
    "has fragments that double each time",
    `{ apiKeys { ...F0 } } ${times(30, (i) => `fragment F${i} on APIKey { a { ...F${i + 1} } b { ...F${i + 1} } }`)}`,
    "8 fields deep",
  ],
  ["has two mutations", `mutation { a: generateAPIKey { key } b: revokeAPIKey(id: "x") }`, "one mutation"],
  ["has a mutation twice", "mutation { generateAPIKey { key } generateAPIKey { key } }", "one mutation"],
  [
    "has two mutations by fragments",
    `mutation { ...A ... on Mutation { generateAPIKey { key } } } fragment A on Mutation { revokeAPIKey(id: "x") }`,
    "one mutation",
  ],
  ["subscribes", "subscription { apiKeys { id } }", "no subscriptions"],
  ["has 501 tokens", `{ apiKeys { ${times(497, () => "id")} } }`, "500 tokens"],
  ["has more comments than words may be", `{ apiKeys { id } }\n${times(600, () => "#\n")}`, "500"],
];

describe("a document is refused that", () => {
  test.for(bombs)("%s", async ([_what, document, words]) => {
    const answer = await ask(document);
    expect(answer).toMatchObject(limit);
    expect(answer.message).toContain(words);
  });

  test("has more than 8 KiB", async () => {
    expect(await ask(`{ apiKeys { id } } ${" ".repeat(8192)}`)).toMatchObject({
      status: 400,
      code: "BAD_REQUEST",
      reason: "REQUEST_INVALID",
      message: expect.stringContaining("8192 bytes"),
    });
  });

  test("is no GraphQL, or asks for what is not there, without a hint at what is", async () => {
    expect(await ask("{ apiKeys { id ")).toMatchObject({ status: 400, code: "GRAPHQL_PARSE_FAILED" });
    const almost = await ask("{ apiKey(ib: 1) { nam } } fragment A on APIKe { id }");
    expect(almost).toMatchObject({ status: 400, code: "GRAPHQL_VALIDATION_FAILED", reason: "DOCUMENT_INVALID" });
    expect(await ask("query($v: ID) { apiKeys { id } }")).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED" });
    expect(almost.text).toContain("nam");
    expect(almost.text).not.toMatch(/did you mean/i);
  });

  test("asks for the schema", async () => {
    for (const query of [
      getIntrospectionQuery(),
      "{ __schema { types { name } } }",
      '{ __type(name: "Query") { name } }',
    ]) {
      expect(await ask(query)).toMatchObject({ status: 400, code: "GRAPHQL_VALIDATION_FAILED", data: undefined });
    }
    expect(await ask("{ __typename }")).toMatchObject({ status: 200, data: { __typename: "Query" } });
  });

  test("has all of it at once, and is told of five faults", async () => {
    const { errors } = JSON.parse((await ask(`{ ${times(100, (i) => `f${i}`)} }`)).text) as Answer;
    expect(errors).toHaveLength(5);
  });
});

test("a refused mutation has made nothing", async () => {
  const carol = graphqlClient(altalune, await newPortalToken(altalune, projectId, "carol"));
  await expect(carol.request("mutation { a: generateAPIKey { key } b: generateAPIKey { key } }")).rejects.toThrow();
  expect(await carol.request("{ apiKeys { id } }")).toEqual({ apiKeys: [] });
});

test("a query may use all that a document has", async () => {
  const fields = "{ id name keyPrefix scopes isActive lastUsedAt expiresAt createdAt }";
  const query = `{ ${times(20, (i) => `a${i}: apiKey(id: "${i}") ${fields}`)} apiKeys ${fields} }`;
  expect(await ask(query)).toMatchObject({ status: 200, data: { a19: null } });
});

describe("a request is refused", () => {
  const list = JSON.stringify({ query: "{ apiKeys { id } }" });

  test("by GET and other methods, whatever it asks for", async () => {
    const query = encodeURIComponent("{ apiKeys { id } }");
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH"]) {
      const response = await fetch(`${altalune.url}/graphql?query=${query}`, {
        method,
        headers: { authorization: `Bearer ${token}`, accept: "text/html" },
      });
      expect([method, response.status, response.headers.get("allow")]).toEqual([method, 405, "POST, OPTIONS"]);
    }
  });

  const types = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/graphql",
  ];
  test.for([...types, ""])("as %s", async (type) => {
    expect(await answerOf(await post(altalune, token, list, { "content-type": type }))).toMatchObject({
      status: 415,
      reason: "UNSUPPORTED_MEDIA_TYPE",
    });
  });

  test("in a coding", async () => {
    expect((await post(altalune, token, list, { "content-encoding": "gzip" })).status).toBe(415);
  });

  test("beside others, in a batch", async () => {
    expect(await answerOf(await post(altalune, token, `[${list},${list}]`))).toMatchObject({
      status: 400,
      reason: "REQUEST_INVALID",
      message: expect.stringContaining("no batches"),
    });
  });

  test("with more than 32 KiB", async () => {
    const body = JSON.stringify({ query: "{ apiKeys { id } }", variables: { name: "x".repeat(40_000) } });
    expect(await answerOf(await post(altalune, token, body))).toMatchObject({
      status: 413,
      reason: "REQUEST_TOO_LARGE",
    });
  });

  const bodies = [
    "",
    "null",
    "7",
    '"x"',
    "{",
    "{}",
    '{"query":7}',
    '{"query":"{a}","variables":[]}',
    '{"query":"{a}","x":1}',
  ];
  test.for(bodies)("with the body %s", async (body) => {
    expect(await answerOf(await post(altalune, token, body))).toMatchObject({ status: 400, code: "BAD_REQUEST" });
  });

  test("that is not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from('{"query":"{ apiKeys { id } } #'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect((await post(altalune, token, new Uint8Array(body))).status).toBe(400);
  });

  test("by a cookie from a page that is not our own, or from who knows where", async () => {
    for (const origin of [undefined, "https://evil.example", "null"]) {
      const from: Record<string, string> = origin === undefined ? {} : { origin };
      const response = await post(altalune, undefined, list, { cookie: "altalune_session=x", ...from });
      expect(await answerOf(response)).toMatchObject({ status: 403, code: "FORBIDDEN", reason: "FOREIGN_PAGE" });
    }
    const own = await post(altalune, undefined, list, { cookie: "x=y", origin: altalune.url });
    expect((await answerOf(own)).status).toBe(401);
  });

  test("that is to be done once, which no mutation here can promise", async () => {
    expect((await post(altalune, token, list, { "idempotency-key": "x" })).status).toBe(400);
  });

  test("with variables that do not fit, however deep they are", async () => {
    const query =
      "mutation($name: String, $scopes: [String!]) { generateAPIKey(name: $name, scopes: $scopes) { key } }";
    const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
    const wrong: readonly (readonly [string, string])[] = [
      ['{"name":7}', "BAD_USER_INPUT"],
      ['{"scopes":{"a":1}}', "BAD_USER_INPUT"],
      [`{"name":${nested(7)}}`, "BAD_USER_INPUT"],
      [`{"scopes":${nested(7)}}`, "BAD_USER_INPUT"],
      [`{"name":${nested(15_000)}}`, "BAD_REQUEST"],
    ];
    for (const [variables, code] of wrong) {
      const response = await post(altalune, token, `{"query":${JSON.stringify(query)},"variables":${variables}}`);
      expect(await answerOf(response)).toMatchObject({ status: 400, code, data: undefined });
    }
  });
});

test("a secret in the wrong place comes back by no error", async () => {
  const alice = graphqlClient(altalune, token);
  const { key } = await generateKey(alice);
  const name = key.replace(/\W/g, "_");
  const asVariable = "query($id: ID!) { apiKey(id: $id) { id } }";
  const documents: readonly (readonly [string, unknown?])[] = [
    [`{ ${name} }`],
    [`{ apiKeys { ${name} } }`],
    [`{ apiKey(${name}: 1) { id } }`],
    [`{ apiKey(id: {a: "${key}"}) { id } }`],
    [`{ apiKey(id: ["${key}"]) { id } }`],
    [`mutation { generateAPIKey(name: [["${key}"]]) { key } }`],
    [`mutation { generateAPIKey(scopes: {a: ${name}}) { key } }`],
    [`{ apiKeys { id } } "${key}"`],
    [`{ apiKeys { id } } "a\\"${key}`],
    [`{ apiKeys @${name} { id } }`],
    [`{ apiKeys { ...${name} } }`],
    [`{ apiKeys { ... on ${name} { id } } }`],
    [`query($${name}: ${name}) { apiKeys { id } }`],
    [`query ${name} { apiKeys { id } } fragment ${name} on ${name} { id }`],
    [asVariable, { id: [key] }],
    [asVariable, { id: { [key]: key } }],
    [asVariable, { [key]: key }],
    [`mutation($n: String) { generateAPIKey(name: $n) { key } }`, { n: key }],
    [`mutation($n: [String!]) { generateAPIKey(scopes: $n) { key } }`, { n: [key] }],
    [`mutation($n: [String!]) { generateAPIKey(scopes: $n) { key } }`, { n: [[key]] }],
  ];
  for (const [query, variables] of documents) {
    const { message, text } = await ask(query, variables);
    expect([query, message === ""]).toEqual([query, false]);
    expect(text).not.toContain(key);
    expect(text).not.toContain(name);
  }
  const member = await post(altalune, token, JSON.stringify({ query: "{ a }", [key]: 1 }));
  expect(await member.text()).not.toContain(key);
  const other = await post(
    altalune,
    token,
    JSON.stringify({ query: "query A { apiKeys { id } }", operationName: key }),
  );
  expect(await other.text()).not.toContain(key);
  expect(altalune.logLines.join("\n")).not.toContain(key);
});

test("answers are of the type that is asked for, and are kept by nobody", async () => {
  const list = JSON.stringify({ query: "{ apiKeys { id } }" });
  for (const [accept, type] of [
    ["*/*", "application/json"],
    ["text/event-stream", "application/json"],
    ["multipart/mixed", "application/json"],
    ["application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"],
  ] as const) {
    const response = await post(altalune, token, list, { accept });
    expect([response.status, response.headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
});
