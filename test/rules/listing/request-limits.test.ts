import { describe, expect } from "vitest";
import { SortOrder } from "../../../gen/altalune/v1/common_pb.js";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

type Query = NonNullable<Parameters<Clients["apiKeys"]["queryApiKeys"]>[0]["query"]>;

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});

describe("every listing", () => {
  const listings: readonly (readonly [rpc: string, list: (query: Query) => Promise<unknown>])[] = [
    ["QueryApiKeys", (query) => altalune.clients.apiKeys.queryApiKeys({ projectId, query })],
    ["QueryProjects", (query) => altalune.clients.projects.queryProjects({ query })],
    ["QueryAuditEvents", (query) => altalune.clients.audit.queryAuditEvents({ projectId, query })],
  ];
  const refused: readonly (readonly [what: string, field: string, query: Query])[] = [
    ["a negative page", "query.pagination.page", { pagination: { page: -1 } }],
    ["a negative page size", "query.pagination.page_size", { pagination: { pageSize: -1 } }],
    ["a page size of 1001", "query.pagination.page_size", { pagination: { pageSize: 1001 } }],
    ["a page token of 1025 characters", "query.pagination.page_token", { pagination: { pageToken: "t".repeat(1025) } }],
    ["a keyword of 257 characters", "query.keyword", { keyword: "k".repeat(257) }],
    ["17 filters", "query.filters", { filters: manyFilters(17) }],
    ["a filter of 101 values", "query.filters", { filters: { name: { values: Array(101).fill("v") } } }],
    ["a filter value of 257 characters", "query.filters", { filters: { name: { values: ["v".repeat(257)] } } }],
    ["a sort field of 65 characters", "query.sorting.field", { sorting: { field: "f".repeat(65) } }],
    ["a sort order that is not there", "query.sorting.order", { sorting: { order: 99 as SortOrder } }],
  ];
  describe.each(listings)("%s", (_rpc, list) => {
    test.each(refused)("refuses %s", async (_what, field, query) => {
      expect(await denialOf(list(query))).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
    });

    test("accepts a page size of 1000, a page beyond the last, and a keyword of 256 characters", async () => {
      await list({ pagination: { pageSize: 1000 } });
      await list({ pagination: { page: 2_147_483_647, pageSize: 1000 } });
      await list({ keyword: "k".repeat(256), sorting: { order: SortOrder.DESC } });
    });
  });

  function manyFilters(count: number) {
    return Object.fromEntries(Array.from({ length: count }, (_, i) => [`filter${i}`, { values: ["v"] }]));
  }
});
