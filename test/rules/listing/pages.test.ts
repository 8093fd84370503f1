import { describe, expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { seedKeys } from "./seed.js";

const total = 1203;

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  await seedKeys(altalune.db, projectId, total);
});

interface Pagination {
  readonly page?: number;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

async function query(pagination: Pagination | undefined, keyword = "") {
  const { data, meta } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { pagination, keyword } });
  return { ids: data.map(({ id }) => id), meta };
}

describe("page numbers", () => {
  test("come with the count of all that match", async () => {
    expect((await query({ page: 1, pageSize: 100 })).meta).toMatchObject({ rowCount: total, pageCount: 13 });
    expect((await query({ page: 3, pageSize: 1000 })).meta).toMatchObject({ rowCount: total, pageCount: 2 });
    expect((await query({ page: 1, pageSize: 3 }, "key 120")).meta).toMatchObject({ rowCount: 5, pageCount: 2 });
    expect((await query({ page: 1 }, "nothing")).meta).toMatchObject({ rowCount: 0, pageCount: 0, nextPageToken: "" });
  });

  test("visit every key exactly once", async () => {
    const seen: string[] = [];
    for (let page = 1; page <= 13; page++) {
      const { ids } = await query({ page, pageSize: 100 });
      expect(ids).toHaveLength(page < 13 ? 100 : 3);
      seen.push(...ids);
    }
    expect(new Set(seen).size).toBe(total);
  });

  test("beyond the last find nothing, and count all the same", async () => {
    const { ids, meta } = await query({ page: 14, pageSize: 100 });
    expect(ids).toEqual([]);
    expect(meta).toMatchObject({ rowCount: total, pageCount: 13, nextPageToken: "" });
  });

  test("that are left out mean page 1 of 50", async () => {
    const { ids, meta } = await query(undefined);
    expect(ids).toHaveLength(50);
    expect(meta).toMatchObject({ rowCount: total, pageCount: 25 });
    expect((await query({})).ids).toEqual(ids);
    expect((await query({ page: 1 })).ids).toEqual(ids);
  });

  test("hand over to a walk: the token of page 2 goes on with page 3", async () => {
    const { meta } = await query({ page: 2, pageSize: 100 });
    const walked = await query({ pageSize: 100, pageToken: meta?.nextPageToken });
    expect(walked.ids).toEqual((await query({ page: 3, pageSize: 100 })).ids);
  });

  test("and a token together are refused", async () => {
    const { meta } = await query({ pageSize: 10 });
    const denial = await denialOf(query({ page: 2, pageToken: meta?.nextPageToken }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["query.pagination.page_token"] });
  });
});

test("a walk does not count", async () => {
  const first = await query({ pageSize: 100 });
  expect(first.meta).toMatchObject({ rowCount: 0, pageCount: 0 });
  const second = await query({ pageSize: 100, pageToken: first.meta?.nextPageToken });
  expect(second.meta).toMatchObject({ rowCount: 0, pageCount: 0 });
});

test("the last page, full or not, has no token", async () => {
  expect((await query({ pageSize: 1000 }, "key 12")).meta?.nextPageToken).toBe("");
  const five = await query({ pageSize: 5 }, "key 120");
  expect(five.ids).toHaveLength(5);
  expect(five.meta?.nextPageToken).toBe("");
});

test("pages of a thousand hold what ten of a hundred do, key by key, and lead on to the same", async () => {
  const long = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { pagination: { pageSize: 1000 } } });
  let pageToken = "";
  for (let at = 0; at < 1000; at += 100) {
    const pagination = { pageSize: 100, pageToken };
    const { data, meta } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query: { pagination } });
    expect(data).toEqual(long.data.slice(at, at + 100));
    pageToken = meta?.nextPageToken ?? "";
  }
  const pageSize = 1000;
  const { ids } = await query({ pageSize, pageToken });
  expect(ids).toHaveLength(total - 1000);
  expect((await query({ pageSize, pageToken: long.meta?.nextPageToken })).ids).toEqual(ids);
});
