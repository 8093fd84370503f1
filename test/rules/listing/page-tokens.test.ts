import { describe, expect } from "vitest";
import { SortOrder } from "../../../gen/altalune/v1/common_pb.js";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { seedKeys } from "./seed.js";

const refused = { code: "InvalidArgument", reason: "", fields: ["query.pagination.page_token"] };

interface Query {
  readonly keyword?: string;
  readonly filters?: Record<string, { values: string[] }>;
  readonly sorting?: { field?: string; order?: SortOrder };
}

let altalune: TestInstance;
let projectId: string;
let neighbour: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  neighbour = await newProject(altalune.clients);
  await seedKeys(altalune.db, projectId, 100);
});

function list(query: Query, pageToken: string, inProject = projectId) {
  const pagination = { pageSize: 2, pageToken };
  return altalune.clients.apiKeys.queryApiKeys({ projectId: inProject, query: { ...query, pagination } });
}

async function tokenOf(query: Query): Promise<string> {
  const token = (await list(query, "")).meta?.nextPageToken ?? "";
  expect(token).not.toBe("");
  return token;
}

const origin: Query = {
  keyword: "key",
  filters: { tier: { values: ["free", "pro"] }, scope: { values: ["common"] } },
  sorting: { field: "name", order: SortOrder.ASC },
};

describe("a page token", () => {
  test("goes on with its own query, as often as it is used", async () => {
    const token = await tokenOf(origin);
    const { data } = await list(origin, token);
    expect(data).toHaveLength(2);
    expect((await list(origin, token)).data).toEqual(data);
  });

  test("goes on when the filters are named in another order", async () => {
    const { tier, scope } = origin.filters ?? {};
    const filters = { ...(scope && { scope }), ...(tier && { tier }) };
    await list({ ...origin, filters }, await tokenOf(origin));
  });

  test("goes on when the order that is the default is left out", async () => {
    await list({ ...origin, sorting: { field: "name" } }, await tokenOf(origin));
    await list({ sorting: { field: "created_at", order: SortOrder.DESC } }, await tokenOf({}));
  });

  const others: readonly (readonly [what: string, query: Query])[] = [
    ["another keyword", { ...origin, keyword: "ke" }],
    ["no keyword", { ...origin, keyword: "" }],
    ["another value of a filter", { ...origin, filters: { ...origin.filters, tier: { values: ["free"] } } }],
    ["one filter more", { ...origin, filters: { ...origin.filters, name: { values: ["key 1"] } } }],
    ["one filter less", { ...origin, filters: { tier: { values: ["free", "pro"] } } }],
    ["no filters", { ...origin, filters: {} }],
    ["another field to sort by", { ...origin, sorting: { field: "created_at", order: SortOrder.ASC } }],
    ["the other direction", { ...origin, sorting: { field: "name", order: SortOrder.DESC } }],
    ["no sorting", { ...origin, sorting: {} }],
  ];
  test.each(others)("is refused with %s", async (_what, query) => {
    expect(await denialOf(list(query, await tokenOf(origin)))).toMatchObject(refused);
  });

  test("is refused for another project", async () => {
    expect(await denialOf(list(origin, await tokenOf(origin), neighbour))).toMatchObject(refused);
  });

  test("is refused by another listing", async () => {
    const pagination = { pageSize: 2, pageToken: await tokenOf({}) };
    const { projects, audit } = altalune.clients;
    expect(await denialOf(projects.queryProjects({ query: { pagination } }))).toMatchObject(refused);
    expect(await denialOf(audit.queryAuditEvents({ projectId, query: { pagination } }))).toMatchObject(refused);
  });

  test.each([
    ["a word", "hello"],
    ["a space", " "],
    ["zeros", "A".repeat(64)],
    ["nothing but what it would be sealed with", "A".repeat(38)],
    ["text that is not base64", "💥💥💥💥💥💥💥💥💥💥💥💥"],
    ["1024 characters", "x".repeat(1024)],
  ])("is refused that is %s", async (_what, token) => {
    expect(await denialOf(list({}, token))).toMatchObject(refused);
  });

  test("is refused with any character changed", async () => {
    const token = await tokenOf({});
    for (let i = 0; i < token.length; i++) {
      for (const other of ["A", "B", "_"].filter((character) => character !== token.charAt(i))) {
        expect(await denialOf(list({}, token.slice(0, i) + other + token.slice(i + 1)))).toMatchObject(refused);
      }
    }
  });

  test("is refused cut short or with anything added", async () => {
    const token = await tokenOf({});
    for (const other of [
      token.slice(1),
      token.slice(0, -1),
      `${token}A`,
      `A${token}`,
      `${token}=`,
      `${token}!`,
      ` ${token}`,
    ]) {
      expect(await denialOf(list({}, other))).toMatchObject(refused);
    }
  });

  test("shows nothing of what it holds, and never comes twice", async () => {
    const query: Query = { sorting: { field: "name" } };
    const { data } = await list(query, "");
    const last = await altalune.db
      .selectFrom("altalune_project_api_keys")
      .select("id")
      .where("public_id", "=", data.at(-1)?.id ?? "")
      .executeTakeFirstOrThrow();
    const tokens = [await tokenOf(query), await tokenOf(query)];
    expect(tokens[0]).not.toBe(tokens[1]);
    for (const token of tokens) {
      const opened = Buffer.from(token, "base64url").toString("latin1");
      expect(opened).not.toContain(data.at(-1)?.name);
      expect(opened).not.toContain(`"${last.id}"`);
    }
  });
});

test("a token is good on every instance", async () => {
  await using second = await startTestInstance({ beside: altalune });
  const pageToken = await tokenOf(origin);
  const query = { ...origin, pagination: { pageSize: 2, pageToken } };
  const { data } = await second.clients.apiKeys.queryApiKeys({ projectId, query });
  expect(data).toEqual((await list(origin, pageToken)).data);
});
