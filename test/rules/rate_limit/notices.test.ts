import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { lockWaits } from "../../support/locks.js";
import { burst, inTurn } from "./burst.js";
import { grantedOf } from "./granted.js";

let first: TestInstance;
let second: TestInstance;
let projectId: string;
beforeAll(async () => {
  first = await startTestInstance();
  second = await startTestInstance({ beside: first });
  projectId = await newProject(first.clients, { allowNeverExpires: true });
  await stopClockAt(first.db, new Date(`${new Date().toISOString().slice(0, 10)}T12:30:15.000Z`));
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

/** Runs what a refill of a key is held up during: its row is locked. */
async function whileRefillsHang<Result>(apiKeyId: string, run: () => Promise<Result>): Promise<Result> {
  return first.db.transaction().execute(async (tx) => {
    await sql`
      select from altalune_rate_limits
      where (project_id, api_key_id) in (
        select project_id, id from altalune_project_api_keys where public_id = ${apiKeyId}
      )
      for update
    `.execute(tx);
    return run();
  });
}

const refillsThatHang = () => lockWaits(first.db, "%altalune_rate_limits as counter%");

test("a refill that a change overtakes is for those who waited for it: no later call spends from it", async () => {
  const { id, value } = await newApiKey(first.clients, projectId, {
    neverExpires: true,
    rateLimits: { perDay: 5_000 },
  });
  await burst([second], value, 300);
  const { overtaken, later } = await whileRefillsHang(id, async () => {
    const waiting = burst([second], value, 400);
    await expect.poll(refillsThatHang, { timeout: 10_000 }).toBeGreaterThan(0);
    await first.clients.apiKeys.updateApiKey({ projectId, apiKeyId: id, rateLimits: { perDay: 10 } });
    return { overtaken: waiting, later: burst([second], value, 50) };
  });
  // Calls whose key was looked up after the change are under the new limit already.
  const { admitted, failed } = await overtaken;
  expect(admitted).toBeGreaterThan(0);
  expect(failed).toEqual([]);
  expect(await later).toMatchObject({ admitted: 0, limited: 50 });
  expect(await inTurn([second, first], value, 4)).toMatchObject({ admitted: 0, limited: 4 });
  // And what it brought beyond them went back.
  await expect.poll(async () => (await grantedOf(first, id)).day).toBe(300 + admitted);
});

test.each([
  ["revoked", (apiKeyId: string) => first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId, reason: 1 })],
  ["deactivated", (apiKeyId: string) => first.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId })],
  ["deleted", (apiKeyId: string) => first.clients.apiKeys.deleteApiKey({ projectId, apiKeyId })],
])("a key that is %s is refused at once wherever it has a share", async (_, change) => {
  const { id, value } = await newApiKey(first.clients, projectId, {
    neverExpires: true,
    rateLimits: { perDay: 5_000 },
  });
  expect(await burst([first, second], value, 400)).toMatchObject({ admitted: 400 });
  await change(id);
  expect(await inTurn([first, second], value, 4)).toMatchObject({ admitted: 0, limited: 0 });
});

test("a share goes back when its key is changed", async () => {
  const changed = await newApiKey(first.clients, projectId, { neverExpires: true, rateLimits: { perDay: 5_000 } });
  await burst([second], changed.value, 300);
  await inTurn([second], changed.value, 50);
  await first.clients.apiKeys.updateApiKey({ projectId, apiKeyId: changed.id, scopes: ["orders:read"] });
  await expect.poll(async () => (await grantedOf(first, changed.id)).day).toBe(350);
});

test("a deleted key's counts stay for who has not heard of it yet, until their day is long over", async () => {
  const deleted = await newApiKey(first.clients, projectId, { neverExpires: true, rateLimits: { perDay: 5_000 } });
  expect(await burst([second], deleted.value, 300)).toMatchObject({ admitted: 300 });
  const { rows: keys } = await sql<{ id: bigint }>`
    select id from altalune_project_api_keys where public_id = ${deleted.id}
  `.execute(first.db);
  const counted = async () => {
    const { rows } = await sql<{ day: bigint }>`
      select day_granted as day from altalune_rate_limits where api_key_id = ${keys[0]?.id}
    `.execute(first.db);
    return rows.map(({ day }) => Number(day));
  };
  await first.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: deleted.id });
  await expect.poll(counted).toEqual([300]);
  await first.services.rateLimits.purge();
  expect(await counted()).toEqual([300]);
  await sql`
    update altalune_rate_limits set day_start = day_start - interval '2 days' where api_key_id = ${keys[0]?.id}
  `.execute(first.db);
  await first.services.rateLimits.purge();
  expect(await counted()).toEqual([]);
});
