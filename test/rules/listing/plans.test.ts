import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QueryRequestSchema, SortOrder } from "../../../gen/altalune/v1/common_pb.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { listingQueryFromProto } from "../../../src/domain/listing/mapper.js";
import type { Project } from "../../../src/domain/project/model.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Plan, partitionsOf, type RecordedServices, recordServices, wholeReadsOf } from "../../support/plan.js";
import { seedKeys, settle } from "./seed.js";

const keysTable = "altalune_project_api_keys";
const sortings = ["name", "expiration", "created_at", "updated_at"].flatMap((field) => [
  { direction: `${field}, ascending`, sorting: { field, order: SortOrder.ASC } },
  { direction: `${field}, descending`, sorting: { field, order: SortOrder.DESC } },
]);

type Query = Omit<MessageInitShape<typeof QueryRequestSchema>, "$typeName">;

let altalune: TestInstance;
let recorded: RecordedServices;
let project: Project;
beforeAll(async () => {
  altalune = await startTestInstance();
  recorded = await recordServices(altalune);
  const projectId = await newProject(altalune.clients);
  await seedKeys(altalune.db, projectId, 20_000);
  for (let i = 0; i < 40; i++) {
    await seedKeys(altalune.db, await newProject(altalune.clients), 100);
  }
  await settle(altalune.db);
  project = await recorded.services.projects.reach(commandLineCaller, projectId);
}, 120_000);
afterAll(async () => {
  await recorded[Symbol.asyncDispose]();
  await altalune.stop();
});

function list(query: Query) {
  const request = create(QueryRequestSchema, { ...query, $typeName: undefined });
  const { apiKeys } = recorded.services;
  return apiKeys.query(project, apiKeys.listing(project.publicId, listingQueryFromProto(request)));
}

interface ListingPlans {
  /** Of the statement that reads rows. */
  readonly rows: Plan;
  /** Of the one that counts, where there is one. */
  readonly count: Plan | undefined;
}

async function plansOf(query: Query): Promise<ListingPlans> {
  const [rows, count, ...others] = await recorded.plansOf(() => list(query));
  if (rows === undefined || others.length > 0) {
    throw new Error("a listing sends one statement for its rows and at most one to count them");
  }
  return { rows, count };
}

/** The plans of the first page by number, of a walk's first, and of its second if there is one. */
async function everyPageOf(query: Query): Promise<ListingPlans[]> {
  const numbered = await plansOf({ ...query, pagination: { page: 1 } });
  const first = await plansOf({ ...query, pagination: { pageSize: 3 } });
  const { nextPageToken } = await list({ ...query, pagination: { pageSize: 3 } });
  if (nextPageToken === "") {
    return [numbered, first];
  }
  return [numbered, first, await plansOf({ ...query, pagination: { pageSize: 3, pageToken: nextPageToken } })];
}

const filters: readonly (readonly [filter: string, values: string[]])[] = [
  ["name", ["key 77"]],
  ["name", ["key 77", "key 78", "key 79", "key 80", "unknown"]],
  ["key_prefix", ["sk-00077"]],
  ["owner_id", ["owner 7"]],
  ["owner_id", ["owner 7", "owner 8"]],
  ["tier", ["free"]],
  ["tier", [""]],
  ["scope", ["common"]],
  ["scope", ["group:7"]],
  ["scope", ["unknown"]],
  ["status", ["API_KEY_STATUS_ACTIVE"]],
  ["status", ["API_KEY_STATUS_DISABLED"]],
  ["status", ["API_KEY_STATUS_EXPIRED"]],
  ["status", ["API_KEY_STATUS_REVOKED"]],
  ["status", ["API_KEY_STATUS_REVOKED", "API_KEY_STATUS_DISABLED"]],
  ["expiring_within_days", ["3"]],
  ["expiring_within_days", ["300"]],
];

describe("a listing of keys among 20,000 reads one partition, by an index,", () => {
  describe.each(sortings)("sorted by $direction", ({ sorting }) => {
    test("unfiltered, and walks the index in its own order, without a sort", async () => {
      const plans = await everyPageOf({ sorting });
      expect(plans).toHaveLength(3);
      for (const { rows } of plans) {
        expectOnePartitionByIndex(rows);
        expect(rows.nodes.map((node) => node["Node Type"])).not.toContain("Sort");
      }
    });

    test("by token from where the token points to, not from the start", async () => {
      const rows = (await everyPageOf({ sorting })).at(-1)?.rows;
      expect(rows?.nodes.some((node) => node["Index Cond"]?.includes("ROW("))).toBe(true);
    });

    test.each(filters)("filtered by %s of %j", async (filter, values) => {
      const plans = await everyPageOf({ sorting, filters: { [filter]: { values } } });
      for (const { rows, count } of plans) {
        expectOnePartitionByIndex(rows);
        expect(count === undefined || partitionsOf(count, keysTable).length === 1).toBe(true);
      }
    });

    test("with a keyword, by an index or at worst the names of one partition", async () => {
      for (const keyword of ["77", "unknown"]) {
        for (const { rows, count } of await everyPageOf({ sorting, keyword })) {
          expect(partitionsOf(rows, keysTable)).toHaveLength(1);
          expect(count === undefined || partitionsOf(count, keysTable).length === 1).toBe(true);
        }
      }
    });
  });
});

test("a page by number counts all keys of a project on an index of one partition", async () => {
  const { count } = await plansOf({ pagination: { page: 1 } });
  expect(count).toBeDefined();
  if (count !== undefined) {
    expectOnePartitionByIndex(count);
  }
});

test("a page by token counts nothing", async () => {
  const { nextPageToken } = await list({ pagination: { pageSize: 3 } });
  const { count } = await plansOf({ pagination: { pageSize: 3, pageToken: nextPageToken } });
  expect(count).toBeUndefined();
});

function expectOnePartitionByIndex(plan: Plan): void {
  expect(partitionsOf(plan, keysTable), plan.sql).toHaveLength(1);
  expect(wholeReadsOf(plan), plan.sql).toEqual([]);
}
