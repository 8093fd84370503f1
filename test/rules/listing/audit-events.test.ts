import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { SortOrder } from "../../../gen/altalune/v1/common_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";

type Query = NonNullable<Parameters<Clients["audit"]["queryAuditEvents"]>[0]["query"]>;

let altalune: TestInstance;
let projectId: string;
let keys: readonly { id: string }[];
beforeAll(async () => {
  altalune = await startTestInstance();
  const { clients } = altalune;
  projectId = await newProject(clients);
  const neighbour = await newProject(clients);
  await newApiKey(clients, neighbour);
  keys = [await newApiKey(clients, projectId), await newApiKey(clients, projectId)];
  for (const { id } of keys) {
    await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: id });
    await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED });
  }
});
afterAll(() => altalune.stop());

function query(request: Query = {}) {
  return altalune.clients.audit.queryAuditEvents({ projectId, query: request });
}

async function sequences(request: Query = {}): Promise<number[]> {
  return (await query(request)).data.map(({ sequence }) => Number(sequence));
}

describe("the events of a project", () => {
  test("come newest first, numbered without a gap, those of no other project among them", async () => {
    expect(await sequences()).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect((await query()).data.every((event) => event.projectId === projectId)).toBe(true);
  });

  test("can be sorted oldest first", async () => {
    expect(await sequences({ sorting: { field: "sequence" } })).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await sequences({ sorting: { order: SortOrder.ASC } })).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("are filtered by action, resource, actor and request", async () => {
    expect(await sequences({ filters: { action: { values: ["api_key.revoked"] } } })).toEqual([7, 5]);
    const actions = { values: ["api_key.revoked", "project.created"] };
    expect(await sequences({ filters: { action: actions } })).toEqual([7, 5, 1]);
    const resource = { values: [keys[0]?.id ?? ""] };
    expect(await sequences({ filters: { resource_id: resource } })).toEqual([5, 4, 2]);
    expect(await sequences({ filters: { resource_id: resource, action: actions } })).toEqual([5]);
    const { data } = await query();
    expect(await sequences({ filters: { actor: { values: [data[0]?.actor ?? ""] } } })).toHaveLength(7);
    expect(await sequences({ filters: { actor: { values: ["cli"] } } })).toEqual([]);
    expect(await sequences({ filters: { request_id: { values: [data[2]?.requestId ?? ""] } } })).toEqual([5]);
    expect(await sequences({ filters: { action: { values: [] } } })).toHaveLength(7);
  });

  test("are walked by token in both directions", async () => {
    for (const order of [SortOrder.ASC, SortOrder.DESC]) {
      const sorting = { field: "sequence", order };
      const seen: number[] = [];
      let pageToken = "";
      do {
        const { data, meta } = await query({ sorting, pagination: { pageSize: 3, pageToken } });
        seen.push(...data.map(({ sequence }) => Number(sequence)));
        pageToken = meta?.nextPageToken ?? "";
      } while (pageToken !== "");
      expect(seen).toEqual(await sequences({ sorting }));
    }
  });

  test("are counted and paged", async () => {
    const { data, meta } = await query({ pagination: { page: 2, pageSize: 3 } });
    expect(data.map(({ sequence }) => Number(sequence))).toEqual([4, 3, 2]);
    expect(meta).toMatchObject({ rowCount: 7, pageCount: 3 });
    expect(meta?.filters["action"]?.values).toContain("api_key.rotated");
  });

  test("are not those of the instance itself, which an empty project id names", async () => {
    const { data } = await altalune.clients.audit.queryAuditEvents({});
    expect(data.map(({ action }) => action)).toEqual(["setup_link.created", "root_key.created"]);
    expect(data.map((event) => event.projectId)).toEqual(["", ""]);
  });

  test("cannot be walked with the token of another trail", async () => {
    const { meta } = await query({ pagination: { pageSize: 2 } });
    const pagination = { pageToken: meta?.nextPageToken };
    const denial = await denialOf(altalune.clients.audit.queryAuditEvents({ query: { pagination } }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["query.pagination.page_token"] });
  });

  test.each([
    ["an unknown filter", "query.filters", { filters: { name: { values: ["x"] } } }],
    ["an unknown sort field", "query.sorting.field", { sorting: { field: "occurred_at" } }],
    ["a token of nowhere", "query.pagination.page_token", { pagination: { pageToken: "hello" } }],
  ])("are not listed with %s", async (_what, field, request) => {
    expect(await denialOf(query(request))).toMatchObject({ code: "InvalidArgument", fields: [field] });
  });
});
