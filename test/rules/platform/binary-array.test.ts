import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binaryArray } from "../../../src/platform/postgres/binary-array.js";
import { createTestDatabase, type TestDatabase } from "../../support/database.js";

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function readBack(type: string, array: Buffer): Promise<unknown> {
  const { rows } = await client.query(`select $1::${type}[]::text as read`, [array]);
  return rows[0]?.read;
}

test("Postgres reads an array as it was", async () => {
  const asBigInts = [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
  const asNumbers = [0, -1, 2 ** 31, 2 ** 32 - 1, -(2 ** 32) - 1, 1_700_000_000_000, 2 ** 53 - 1, -(2 ** 53) + 1];
  const wide = [...asBigInts, ...asNumbers];
  expect(await readBack("bigint", binaryArray("bigint", wide))).toBe(`{${wide.join(",")}}`);
  const narrow = [0, 1, -1, 32_767, -32_768];
  expect(await readBack("smallint", binaryArray("smallint", narrow))).toBe(`{${narrow.join(",")}}`);
});

test("and one that is empty", async () => {
  expect(await readBack("bigint", binaryArray("bigint", []))).toBe("{}");
  expect(await readBack("smallint", binaryArray("smallint", []))).toBe("{}");
});

test.for([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53])("%s is written as no other number", (value) => {
  expect(() => binaryArray("bigint", [value])).toThrow(RangeError);
  expect(() => binaryArray("smallint", [value])).toThrow(RangeError);
});
