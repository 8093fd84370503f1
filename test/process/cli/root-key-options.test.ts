import { afterAll, beforeAll, expect, test } from "vitest";
import { rootKeyCommand } from "../../../src/cli/root-key.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { query } from "./databases.js";
import { runHere } from "./in-process.js";

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());

async function create(options: readonly string[]): Promise<void> {
  const env = { DATABASE_URL: instance.databaseUrl, ALTALUNE_MASTER_KEY: instance.masterKey, LOG_LEVEL: "" };
  await runHere(rootKeyCommand(), ["create", ...options], env);
}

const badExpiry = /--expires must be a duration such as 90d, or a time in the future/;
const badScope = /--scope must be among projects:read, .*, or a pattern of them such as \*/;
const badProject = /--project must be the ids of projects that exist/;

test.each([
  ["a scope that there is not", ["--scope", "everything"], badScope],
  ["two scopes in one", ["--scope", "projects:read,projects:write"], badScope],
  ["an empty scope", ["--scope", ""], badScope],
  ["a pattern that covers nothing", ["--scope", "api_keys:*:*"], badScope],
  ["one bad scope beside a good one", ["--scope", "*", "tiers:delete"], badScope],
  ["a project that there is not", ["--scope", "*", "--project", "22222222222222"], badProject],
  ["an empty project", ["--scope", "*", "--project", ""], badProject],
  ["an expiry that is past", ["--scope", "*", "--expires", "2020-01-01"], badExpiry],
  ["a duration backwards", ["--scope", "*", "--expires=-90d"], badExpiry],
  ["a duration of nothing", ["--scope", "*", "--expires", "0d"], badExpiry],
  ["a duration without a unit", ["--scope", "*", "--expires", "90"], badExpiry],
  ["months, which would be minutes", ["--scope", "*", "--expires", "6M"], /units are s, m \(minutes\), h, d, w and y/],
  ["a duration of no unit that there is", ["--scope", "*", "--expires", "90x"], badExpiry],
  ["a year that looks like a duration", ["--scope", "*", "--expires", "2030"], badExpiry],
  ["a duration beyond all time", ["--scope", "*", "--expires", "999999y"], badExpiry],
  ["an expiry on a 30th of February", ["--scope", "*", "--expires", "2027-02-30T00:00:00Z"], badExpiry],
  ["an expiry on a 31st of April", ["--scope", "*", "--expires", "2027-04-31"], badExpiry],
  ["an expiry at the hour 24", ["--scope", "*", "--expires", "2027-04-01T24:00:00Z"], badExpiry],
  ["an expiry that is nothing", ["--scope", "*", "--expires", ""], badExpiry],
  ["an expiry in words", ["--scope", "*", "--expires", "tomorrow"], badExpiry],
  ["a name that breaks a rule", ["--scope", "*", "--name", "x"], /--name must be 2 to 50/],
  ["an empty name", ["--scope", "*", "--name", ""], /--name must be 2 to 50/],
  ["an option that there is not", ["--scope", "*", "--colour", "red"], /unknown option/],
  ["a word too many", ["--scope=*", "--name=good", "surplus"], /too many arguments/],
])("a root key with %s is not made, and a sentence says why", async (_what, options, sentence) => {
  const before = await stored();
  await expect(create(options)).rejects.toThrow(sentence);
  expect(await stored()).toEqual(before);
});

test.each([
  ["1h", 3_600_000],
  ["90d", 90 * 86_400_000],
  ["2 weeks", 14 * 86_400_000],
])("--expires %s counts from now", async (expires, ms) => {
  const before = Date.now();
  await create(["--scope", "*", "--expires", expires]);
  const after = Date.now();
  const [key] = await instance.services.rootKeys.list();
  expect(key?.expiresAt?.getTime()).toBeGreaterThanOrEqual(before + ms);
  expect(key?.expiresAt?.getTime()).toBeLessThanOrEqual(after + ms);
});

test.each([
  ["2099-01-31", new Date("2099-01-31T00:00:00Z")],
  ["2099-01-31T10:00:00+02:00", new Date("2099-01-31T08:00:00Z")],
])("--expires %s is that time", async (expires, time) => {
  await create(["--scope", "*", "--expires", expires]);
  expect((await instance.services.rootKeys.list())[0]?.expiresAt).toEqual(time);
});

test("without --expires a root key never expires, and without --name it has one all the same", async () => {
  await create(["--scope", "*"]);
  const [key] = await instance.services.rootKeys.list();
  expect(key?.expiresAt).toBeUndefined();
  expect(key?.name).toMatch(/^root-\S{14}$/);
});

async function stored(): Promise<unknown> {
  const database = { DATABASE_URL: instance.databaseUrl };
  return [
    await query(database, "select * from altalune_project_api_keys order by id"),
    await query(database, "select * from altalune_audit_events order by project_id, sequence"),
  ];
}
