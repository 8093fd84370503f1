import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SortOrder } from "../../../gen/altalune/v1/common_pb.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";

const { ASC, DESC } = SortOrder;
const names = ["delta", "Alpha", "charlie", "bravo", "echo"];

let altalune: TestInstance;
const idOf = new Map<string, string>();
beforeAll(async () => {
  altalune = await startTestInstance();
  for (const [i, name] of names.entries()) {
    const id = await newProject(altalune.clients, { name });
    idOf.set(name, id);
    await altalune.db
      .updateTable("altalune_projects")
      .set({
        created_at: sql`altalune_now() + ${i} * interval '1 day'`,
        updated_at: new Date(Date.UTC(2040, 0, 9 - i)),
      })
      .where("public_id", "=", id)
      .execute();
  }
});
afterAll(() => altalune.stop());

type Query = NonNullable<Parameters<Clients["projects"]["queryProjects"]>[0]["query"]>;

async function list(query: Query, clients = altalune.clients): Promise<string[]> {
  return (await clients.projects.queryProjects({ query })).data.map(({ name }) => name);
}

/** Clients of a root key that reaches these projects alone. */
async function clientsReaching(...reached: string[]): Promise<Clients> {
  const request = { name: `reader of ${reached.join(" ")}`, scopes: ["projects:read"], expiresAt: undefined };
  const projects = reached.map((name) => idOf.get(name) ?? "");
  const { keyValue } = await altalune.services.rootKeys.create(commandLineCaller, { ...request, projects });
  return altalune.clientsWith(keyValue);
}

describe("projects", () => {
  const sorted: readonly (readonly [field: string, ascending: readonly string[]])[] = [
    ["name", ["Alpha", "bravo", "charlie", "delta", "echo"]],
    ["created_at", names],
    ["updated_at", names.toReversed()],
  ];
  test.each(sorted)("are sorted by %s", async (field, ascending) => {
    expect(await list({ sorting: { field, order: ASC } })).toEqual(ascending);
    expect(await list({ sorting: { field, order: DESC } })).toEqual(ascending.toReversed());
  });

  test.each(sorted)("are walked by token, sorted by %s", async (field, ascending) => {
    const seen: string[] = [];
    let pageToken = "";
    do {
      const query = { sorting: { field }, pagination: { pageSize: 2, pageToken } };
      const { data, meta } = await altalune.clients.projects.queryProjects({ query });
      seen.push(...data.map(({ name }) => name));
      pageToken = meta?.nextPageToken ?? "";
    } while (pageToken !== "");
    expect(seen).toEqual(ascending);
  });

  test("come newest first, and the built-in one is not among them", async () => {
    expect(await list({})).toEqual(names.toReversed());
  });

  test("are found by name", async () => {
    expect(await list({ filters: { name: { values: ["echo", "Alpha", "unknown"] } } })).toEqual(["echo", "Alpha"]);
    expect(await list({ filters: { name: { values: ["root keys"] } } })).toEqual([]);
    expect(await list({ filters: { name: { values: [] } } })).toHaveLength(names.length);
  });

  test("are counted and paged", async () => {
    const query = { pagination: { page: 2, pageSize: 2 } };
    const { data, meta } = await altalune.clients.projects.queryProjects({ query });
    expect(data.map(({ name }) => name)).toEqual(["charlie", "Alpha"]);
    expect(meta).toMatchObject({ rowCount: names.length, pageCount: 3 });
  });

  test.each([
    ["an unknown filter", "query.filters", { filters: { key_prefix: { values: ["sk-"] } } }],
    ["an unknown sort field", "query.sorting.field", { sorting: { field: "expiration" } }],
    ["a token of nowhere", "query.pagination.page_token", { pagination: { pageToken: "hello" } }],
  ])("are not listed with %s", async (_what, field, query) => {
    expect(await denialOf(list(query))).toMatchObject({ code: "InvalidArgument", fields: [field] });
  });
});

describe("a root key that is limited to projects", () => {
  test("lists those only, and counts those only", async () => {
    const clients = await clientsReaching("delta", "bravo");
    expect(await list({}, clients)).toEqual(["bravo", "delta"]);
    expect(await list({ keyword: "a" }, clients)).toEqual(["bravo", "delta"]);
    expect(await list({ filters: { name: { values: ["Alpha"] } } }, clients)).toEqual([]);
    const { meta } = await clients.projects.queryProjects({ query: { pagination: { page: 1 } } });
    expect(meta).toMatchObject({ rowCount: 2, pageCount: 1 });
  });

  test("walks those only", async () => {
    const clients = await clientsReaching("delta", "charlie", "echo");
    const first = await clients.projects.queryProjects({ query: { pagination: { pageSize: 2 } } });
    const pagination = { pageSize: 2, pageToken: first.meta?.nextPageToken };
    const second = await clients.projects.queryProjects({ query: { pagination } });
    const seen = [...first.data, ...second.data].map(({ name }) => name);
    expect(seen).toEqual(["echo", "charlie", "delta"]);
    expect(second.meta?.nextPageToken).toBe("");
  });

  test("cannot go on with the token of one that reaches others", async () => {
    const { meta } = await altalune.clients.projects.queryProjects({ query: { pagination: { pageSize: 2 } } });
    const clients = await clientsReaching("Alpha");
    const denial = await denialOf(list({ pagination: { pageToken: meta?.nextPageToken } }, clients));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["query.pagination.page_token"] });
  });
});
