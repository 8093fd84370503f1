import { describe, expect } from "vitest";
import { SortOrder } from "../../../gen/altalune/v1/common_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

const { ASC, DESC, UNSPECIFIED } = SortOrder;

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients, { allowNeverExpires: true });
  // In the order that they are made in, which is what breaks ties.
  await keyWith("b", { created: 1, updated: 4, expires: 2 });
  await keyWith("d", { created: 2, updated: 3, expires: undefined });
  await keyWith("A", { created: 2, updated: 3, expires: 1 });
  await keyWith("c", { created: 2, updated: 3, expires: undefined });
  await keyWith("e", { created: 3, updated: 1, expires: 1 });
});

/** A key of times on days of one month; no expiration is none at all. */
async function keyWith(letter: string, days: { created: number; updated: number; expires: number | undefined }) {
  const { id } = await newApiKey(altalune.clients, projectId, { name: `${letter} key`, neverExpires: true });
  const on = (day: number) => new Date(Date.UTC(2040, 0, day));
  await altalune.db
    .updateTable("altalune_project_api_keys")
    .set({
      created_at: on(days.created),
      updated_at: on(days.updated),
      expires_at: days.expires === undefined ? "infinity" : on(days.expires),
    })
    .where("public_id", "=", id)
    .execute();
}

async function lettersOf(sorting: { field?: string; order?: SortOrder } | undefined, pageSize?: number) {
  const query = { sorting, pagination: pageSize === undefined ? undefined : { pageSize } };
  const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query });
  return data.map(({ name }) => name.charAt(0)).join("");
}

describe("keys sorted by", () => {
  const cases: readonly (readonly [field: string, ascending: string, why: string])[] = [
    ["name", "Abcde", "by the letters' code points"],
    ["expiration", "Aebdc", "those that never expire last"],
    ["created_at", "bdAce", "equal times in the order of creation"],
    ["updated_at", "edAcb", "equal times in the order of creation"],
  ];
  test.each(cases)("%s ascend as %s, %s", async (field, ascending) => {
    expect(await lettersOf({ field, order: ASC })).toBe(ascending);
    expect(await lettersOf({ field })).toBe(ascending);
    expect(await lettersOf({ field, order: UNSPECIFIED }, 1000)).toBe(ascending);
  });

  test.each(cases)("%s descend as the reverse of %s, ties too", async (field, ascending) => {
    expect(await lettersOf({ field, order: DESC })).toBe([...ascending].reverse().join(""));
  });

  test("nothing come newest first", async () => {
    expect(await lettersOf(undefined)).toBe("ecAdb");
    expect(await lettersOf({})).toBe("ecAdb");
    expect(await lettersOf({ order: DESC })).toBe("ecAdb");
  });

  test("nothing but ascending come oldest first", async () => {
    expect(await lettersOf({ order: ASC })).toBe("bdAce");
  });
});

test.each(["owner_id", "id", "expires_at", "createdAt", "Name", "name desc", "constructor", "toString"])(
  "keys cannot be sorted by '%s'",
  async (field) => {
    const denial = await denialOf(altalune.clients.apiKeys.queryApiKeys({ projectId, query: { sorting: { field } } }));
    expect(denial).toMatchObject({ code: "InvalidArgument", reason: "", fields: ["query.sorting.field"] });
  },
);
