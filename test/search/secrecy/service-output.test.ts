import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runService, type ServiceProcess } from "../../process/chaos/service-process.js";
import { createTestDatabase, type TestDatabase } from "../../support/database.js";
import { liveThrough } from "./lives.js";
import { Recorder } from "./recorder.js";
import { SecretFinder } from "./secret-finder.js";

const mark = "stands-in-logs-for-nobody";
let database: TestDatabase;
let first: ServiceProcess;
let second: ServiceProcess;
let rootKey: string;
const finder = new SecretFinder();

beforeAll(async () => {
  database = await createTestDatabase();
  const masterKey = randomBytes(32).toString("base64");
  finder.add("the master key", masterKey);
  const env = { DATABASE_URL: database.url, ALTALUNE_MASTER_KEY: masterKey, LOG_LEVEL: "trace" };
  first = runService(env);
  const url = await first.ready;
  rootKey = /root key, shown this once, is (\S+)/.exec(first.stdout())?.[1] ?? "";
  for (const [, clients] of new Recorder(finder).clients(url, rootKey)) {
    await liveThrough(clients, mark);
  }
  first.signal("SIGTERM");
  await first.ended;

  second = runService(env);
  await second.ready;
  second.signal("SIGTERM");
  await second.ended;
});
afterAll(() => database.drop());

test("a service's own output holds no secret but the first root key", () => {
  expect(finder.size).toBeGreaterThan(30);
  expect(
    finder.findIn([
      ["stdout", first.stdout()],
      ["stderr", first.stderr()],
    ]),
  ).toEqual([]);
  expect(first.stderr().split("\n").length).toBeGreaterThan(100);
});

test("the first root key is shown once: in what the first start prints, and never in a log line", () => {
  const rootKeys = new SecretFinder();
  rootKeys.add("the first root key", rootKey);
  expect(rootKeys.find(first.stdout())).toEqual(["the first root key"]);
  // The commands to copy hold it too; the sentence that hands it over comes once.
  expect(first.stdout().match(/root key, shown this once, is /g)).toHaveLength(1);
  expect(rootKeys.findIn([["stderr", first.stderr()]])).toEqual([]);
  expect(
    rootKeys.findIn([
      ["stdout", second.stdout()],
      ["stderr", second.stderr()],
    ]),
  ).toEqual([]);
});
