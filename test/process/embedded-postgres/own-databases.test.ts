import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.js";
import { query } from "./servers.js";

test("each test can have a database of its own", async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await query(one.url, "create table mine ()");
  await expect(query(other.url, "select from mine")).rejects.toMatchObject({ code: "42P01" });
  await one.drop();
  await expect(query(one.url, "select 1")).rejects.toMatchObject({ code: "3D000" });
  await other.drop();
});
