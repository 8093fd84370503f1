import { sql } from "kysely";
import { beforeEach, describe, expect } from "vitest";
import { SortOrder } from "../../../gen/altalune/v1/common_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { seedKeys } from "./seed.js";

const total = 300;
const sortings = ["name", "expiration", "created_at", "updated_at"].flatMap((field) => [
  [field, "ASC"] as const,
  [field, "DESC"] as const,
]);

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients);
  await seedKeys(altalune.db, projectId, total);
});

type Query = Omit<NonNullable<Parameters<typeof altalune.clients.apiKeys.queryApiKeys>[0]["query"]>, "pagination">;

/** Walks a listing to its end by token, with something done after each page, and returns the ids in their order. */
async function walk(query: Query, sizes: readonly number[], between = async (_page: number) => {}): Promise<string[]> {
  const seen: string[] = [];
  let pageToken = "";
  for (let page = 0; page === 0 || pageToken !== ""; page++) {
    const pageSize = sizes[page % sizes.length] ?? 0;
    const answer = await altalune.clients.apiKeys.queryApiKeys({
      projectId,
      query: { ...query, $typeName: undefined, pagination: { pageSize, pageToken } },
    });
    expect(answer.data.length).toBeLessThanOrEqual(pageSize);
    seen.push(...answer.data.map(({ id }) => id));
    pageToken = answer.meta?.nextPageToken ?? "";
    await between(page);
  }
  return seen;
}

function sortedBy(field: string, order: keyof typeof SortOrder): Query {
  return { sorting: { field, order: SortOrder[order] } };
}

/** The ids of one big page. */
async function wholeOf(query: Query): Promise<string[]> {
  return walk(query, [1000]);
}

describe("a walk by token", () => {
  test.each(sortings)(
    "sorted by %s %s visits every key once, in order, whatever the pages' sizes",
    async (field, order) => {
      const whole = await wholeOf(sortedBy(field, order));
      expect(whole).toHaveLength(total);
      expect(await walk(sortedBy(field, order), [7, 1, 40, 13])).toEqual(whole);
    },
  );

  test("with filters and a keyword visits the keys that pass them", async () => {
    const query = { ...sortedBy("expiration", "ASC"), keyword: "1", filters: { tier: { values: ["free", ""] } } };
    const whole = await wholeOf(query);
    expect(whole.length).toBeGreaterThan(20);
    expect(await walk(query, [3])).toEqual(whole);
  });

  test("that asks for no size gets 50 a page", async () => {
    const first = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { pagination: { pageSize: 50 } } });
    const pageToken = first.meta?.nextPageToken;
    const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { pagination: { pageToken } } });
    expect(data).toHaveLength(50);
  });

  test("of equal values only, such as keys that were made at once, visits each", async () => {
    await altalune.db
      .updateTable("altalune_project_api_keys")
      .set({ created_at: new Date(0), updated_at: new Date(0), expires_at: "infinity" })
      .where("project_id", "=", sql<bigint>`(select id from altalune_projects where public_id = ${projectId})`)
      .execute();
    for (const [field, order] of sortings.filter(([field]) => field !== "name")) {
      const seen = await walk(sortedBy(field, order), [17]);
      expect(new Set(seen).size).toBe(total);
      expect(seen).toHaveLength(total);
    }
  });
});

describe("while keys come and go, a walk by token", () => {
  test.each(sortings)("sorted by %s %s visits every key that stays exactly once", async (field, order) => {
    const { clients } = altalune;
    const before = await wholeOf(sortedBy(field, order));
    const made: string[] = [];
    const gone: string[] = [];
    const seen = await walk(sortedBy(field, order), [31], async (page) => {
      made.push((await newApiKey(clients, projectId)).id);
      // One that was visited, the last of them at times, and one that is still ahead.
      for (const place of [page * 31 + (page % 2) * 30, page * 31 + 50]) {
        const apiKeyId = before[place];
        if (apiKeyId !== undefined && !gone.includes(apiKeyId)) {
          gone.push(apiKeyId);
          await clients.apiKeys.deleteApiKey({ projectId, apiKeyId });
        }
      }
    });
    expect(gone.length).toBeGreaterThan(10);
    expect(new Set(seen).size).toBe(seen.length);
    const staying = before.filter((id) => !gone.includes(id));
    expect(seen.filter((id) => staying.includes(id))).toEqual(staying);
    expect(seen.filter((id) => !before.includes(id) && !made.includes(id))).toEqual([]);
  });
});
