import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import type { DueTime, FoundTimes, TimeWindow } from "../../../src/domain/event/model.js";
import { eventRepo } from "../../../src/domain/event/repo.js";
import { setClockAhead } from "../../support/clock.js";
import { dayMs, fromNow, internalIdOf, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { nowhere } from "../../support/webhooks.js";

let altalune: TestInstance;
beforeAll(async () => {
  // The looks of this file are its own.
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
});
afterEach(() => setClockAhead(altalune.db, 0));
afterAll(() => altalune.stop());

async function heardProject(): Promise<string> {
  const projectId = await newProject(altalune.clients, { allowNeverExpires: true });
  await altalune.clients.webhooks.createWebhook({ projectId, url: nowhere });
  await altalune.services.events.tellTimes();
  return projectId;
}

/** What was told of a project since its keys were made. */
async function told(projectId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws(' ', event.type, event.detail ->> 'days', event.sequence) as line
    from altalune_events as event join altalune_projects as project on project.id = event.project_id
    where project.public_id = ${projectId} and event.type in ('api_key.expiring', 'api_key.expired', 'api_key.rotation_due')
    order by event.sequence
  `.execute(altalune.db);
  return rows.map(({ line }) => line);
}

async function lookAt(day: number): Promise<void> {
  await setClockAhead(altalune.db, day * dayMs);
  await altalune.services.events.tellTimes();
}

/** Looks on a day, and gives back all that was told by then: what is older than 30 days is forgotten, here after each look. */
function listenTo(projectId: string): (day: number) => Promise<readonly string[]> {
  const heard = new Set<string>();
  return async (day) => {
    await lookAt(day);
    for (const line of await told(projectId)) {
      heard.add(line);
    }
    await altalune.services.events.purge();
    return [...heard];
  };
}

test("a key is told to be expiring 30, 7 and 1 days before its end, and to have expired, each once", async () => {
  const projectId = await heardProject();
  await newApiKey(altalune.clients, projectId, { expiration: fromNow(40 * dayMs) });
  const expected = [
    [5, []],
    [11, ["api_key.expiring 30 2"]],
    [12, ["api_key.expiring 30 2"]],
    [34, ["api_key.expiring 30 2", "api_key.expiring 7 3"]],
    [39.5, ["api_key.expiring 30 2", "api_key.expiring 7 3", "api_key.expiring 1 4"]],
    [41, ["api_key.expiring 30 2", "api_key.expiring 7 3", "api_key.expiring 1 4", "api_key.expired 5"]],
    [50, ["api_key.expiring 30 2", "api_key.expiring 7 3", "api_key.expiring 1 4", "api_key.expired 5"]],
  ] as const;
  const toldBy = listenTo(projectId);
  for (const [day, lines] of expected) {
    expect(await toldBy(day)).toEqual(lines);
  }
});

test("what time brought while nobody looked is told afterwards, and no warning of what is over", async () => {
  const projectId = await heardProject();
  await newApiKey(altalune.clients, projectId, { expiration: fromNow(10 * dayMs) });
  await lookAt(15);
  expect(await told(projectId)).toEqual(["api_key.expired 2"]);
});

test("of several looks at once one tells", async () => {
  const projectId = await heardProject();
  for (let i = 0; i < 30; i++) {
    await newApiKey(altalune.clients, projectId, { ownerId: `owner ${i}`, expiration: fromNow(2 * dayMs) });
  }
  await setClockAhead(altalune.db, 3 * dayMs);
  await Promise.all(Array.from({ length: 8 }, () => altalune.services.events.tellTimes()));
  expect(await told(projectId)).toEqual(Array.from({ length: 30 }, () => "api_key.expired 2"));
});

test("a key without a new value for 90 days is due for one, and again 90 days after it has one", async () => {
  const projectId = await heardProject();
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, { neverExpires: true, expiration: undefined });
  const toldBy = listenTo(projectId);
  expect(await toldBy(89)).toEqual([]);
  expect(await toldBy(91)).toEqual(["api_key.rotation_due 90 2"]);
  await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId, gracePeriod: durationFromMs(1000) });
  for (const day of [120, 150, 175]) {
    expect(await toldBy(day)).toEqual(["api_key.rotation_due 90 2"]);
  }
  expect(await toldBy(182)).toEqual(["api_key.rotation_due 90 2", "api_key.rotation_due 90 4"]);
});

test("a revoked key, and one that was extended, are told nothing of an end that they do not have", async () => {
  const projectId = await heardProject();
  const { apiKeys } = altalune.clients;
  const revoked = await newApiKey(altalune.clients, projectId, { expiration: fromNow(2 * dayMs) });
  await apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason: RevocationReason.SUPERSEDED });
  const extended = await newApiKey(altalune.clients, projectId, { expiration: fromNow(2 * dayMs) });
  const expiration = timestampFromDate(new Date(Date.now() + 200 * dayMs));
  await apiKeys.updateApiKey({ projectId, apiKeyId: extended.id, expiration });
  await lookAt(3);
  expect(await told(projectId)).toEqual([]);
});

test("a project without a webhook is not looked at, and one that gets its first is told of what comes after", async () => {
  const projectId = await newProject(altalune.clients);
  await newApiKey(altalune.clients, projectId, { expiration: fromNow(2 * dayMs) });
  await lookAt(3);
  await altalune.clients.webhooks.createWebhook({ projectId, url: nowhere });
  await lookAt(4);
  expect(await told(projectId)).toEqual([]);
});

test("what time brought while a project's only webhook was off is not told, also when it was a moment ago", async () => {
  const projectId = await heardProject();
  const { webhooks } = altalune.clients;
  const [webhook] = (await webhooks.queryWebhooks({ projectId })).data;
  const webhookId = webhook?.id ?? "";
  await newApiKey(altalune.clients, projectId, { ownerId: "alice", expiration: fromNow(2 * dayMs) });
  await newApiKey(altalune.clients, projectId, { ownerId: "bob", expiration: fromNow(4 * dayMs) });
  await webhooks.updateWebhook({ projectId, webhookId, enabled: false });
  const minutes = 1 / (24 * 60);
  for (const day of [2 + minutes, 2 + 2 * minutes]) {
    await lookAt(day);
    expect(await told(projectId)).toEqual([]);
    await webhooks.updateWebhook({ projectId, webhookId, enabled: true });
  }
  await lookAt(2 + 3 * minutes);
  expect(await told(projectId)).toEqual([]);
  await lookAt(5);
  expect(await told(projectId)).toEqual(["api_key.expired 2"]);
});

test("a second webhook does not keep the first from being told of what nobody has looked at yet", async () => {
  const projectId = await heardProject();
  await newApiKey(altalune.clients, projectId, { expiration: fromNow(10 * dayMs) });
  await setClockAhead(altalune.db, 15 * dayMs);
  await altalune.clients.webhooks.createWebhook({ projectId, url: nowhere });
  await lookAt(15);
  expect(await told(projectId)).toEqual(["api_key.expired 2"]);
});

test("of many keys that end together each look takes those behind the last, without going over what was told", async () => {
  const projectId = await heardProject();
  const expiration = fromNow(2 * dayMs);
  const keys: string[] = [];
  for (let i = 0; i < 7; i++) {
    keys.push((await newApiKey(altalune.clients, projectId, { ownerId: `owner ${i}`, expiration })).id);
  }
  await setClockAhead(altalune.db, 3 * dayMs);
  const id = await internalIdOf(altalune.db, projectId);
  const taken: DueTime[] = [];
  await altalune.db.transaction().execute(async (tx) => {
    const window = (await eventRepo.lockLook(tx, id)) as TimeWindow;
    const { rows } = await sql`show enable_bitmapscan`.execute(tx);
    expect(rows).toEqual([{ enable_bitmapscan: "off" }]);
    let place: FoundTimes["last"];
    for (const count of [3, 3, 1]) {
      const { due, last } = await eventRepo.takeDueTimes(tx, id, window, 3, place);
      expect(due).toHaveLength(count);
      expect(last === undefined).toBe(count < 3);
      taken.push(...due);
      place = last;
      // What was told is not what keeps it from being taken again.
      await sql`delete from altalune_told_times where project_id = ${id}`.execute(tx);
    }
  });
  expect(taken.map(({ resourceId }) => resourceId)).toEqual(keys);
});

test("what fails for one project does not keep others from being told, and is not forgotten", async () => {
  const [broken, other] = [await heardProject(), await heardProject()];
  for (const projectId of [broken, other]) {
    await newApiKey(altalune.clients, projectId, { expiration: fromNow(2 * dayMs) });
  }
  await sql`
    alter table altalune_told_times add constraint broken check (project_id <> ${sql.lit(await internalIdOf(altalune.db, broken))})
  `.execute(altalune.db);
  await setClockAhead(altalune.db, 3 * dayMs);
  await expect(altalune.services.events.tellTimes()).rejects.toThrow(/could not be told/);
  await sql`alter table altalune_told_times drop constraint broken`.execute(altalune.db);
  expect(await told(broken)).toEqual([]);
  expect(await told(other)).toEqual(["api_key.expired 2"]);
  await altalune.services.events.tellTimes();
  expect(await told(broken)).toEqual(["api_key.expired 2"]);
});
