import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { rpcOf } from "./rpc.js";
import { ofEachKind, storm, summaryOf } from "./storm.js";

let instances: readonly TestInstance[];
beforeAll(async () => {
  const env = { LOG_LEVEL: "warn" };
  const first = await startTestInstance({ env });
  instances = [first, await startTestInstance({ beside: first, env }), await startTestInstance({ beside: first, env })];
});
afterAll(async () => {
  for (const instance of instances.toReversed()) {
    await instance.stop();
  }
});

test("no verification that starts after a change is in force is VALID, under load, and no instance is pending", async () => {
  const [{ db, rootKey }] = instances as readonly [TestInstance];
  const report = await storm({
    instances: instances.map(({ url }) => rpcOf(url, rootKey)),
    changes: { ...ofEachKind(15), revoke: 40 },
    capacityMs: 300,
    bareNotify: async () => {
      await sql`select pg_notify('storm', '')`.execute(db);
    },
  });
  console.log(summaryOf(report));
  expect(report.observed.violations).toEqual([]);
  expect(report.pending).toBe(0);
  expect(report.kinds.every(({ failed }) => failed === 0)).toBe(true);
  expect([...report.observed.errors.keys()]).toEqual([]);
}, 60_000);
