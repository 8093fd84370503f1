import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandLineCaller } from "../../../src/domain/caller.js";
import type { Project } from "../../../src/domain/project/model.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Plan, partitionsOf, type RecordedServices, recordServices, wholeReadsOf } from "../../support/plan.js";
import { letRotate } from "../../support/rotation.js";
import { seedKeys, settle } from "./seed.js";

const keys = "altalune_project_api_keys";
const secrets = "altalune_api_key_secrets";

let altalune: TestInstance;
let recorded: RecordedServices;
let project: Project;
let key: { id: string; value: string };
beforeAll(async () => {
  altalune = await startTestInstance();
  recorded = await recordServices(altalune);
  const projectId = await newProject(altalune.clients);
  for (const each of [projectId, await newProject(altalune.clients), await newProject(altalune.clients)]) {
    await seedKeys(altalune.db, each, 5000);
  }
  key = await newApiKey(altalune.clients, projectId, { ownerId: "alice" });
  await settle(altalune.db);
  project = await recorded.services.projects.reach(commandLineCaller, projectId);
}, 120_000);
afterAll(async () => {
  await recorded[Symbol.asyncDispose]();
  await altalune.stop();
});

/** What a statement touches: how many partitions of each table, and what it reads from end to end. */
function touched(plan: Plan) {
  const whole = wholeReadsOf(plan).filter((name) => name.startsWith(keys) || name.startsWith(secrets));
  return { secrets: partitionsOf(plan, secrets).length, keys: partitionsOf(plan, keys).length, whole };
}

test("a verification looks up the digest in one partition, then the key in one, each by an index", async () => {
  const plans = await recorded.plansOf(() =>
    recorded.services.verification.verify(commandLineCaller, {
      key: key.value,
      projectPublicId: undefined,
      requiredScopes: [],
      cost: 1,
      fullyConsistent: false,
      source: undefined,
    }),
  );
  expect(plans.map(touched)).toEqual([
    { secrets: 1, keys: 0, whole: [] },
    { secrets: 0, keys: 1, whole: [] },
  ]);
});

test("every statement on one key touches one partition of one of both tables, by an index", async () => {
  const { apiKeys } = recorded.services;
  const plans = await recorded.plansOf(async () => {
    const { id } = key;
    await apiKeys.get(project, id);
    await apiKeys.update(commandLineCaller, project, id, { name: "renamed", expiresAt: new Date(Date.now() + 9e8) });
    await apiKeys.setActive(commandLineCaller, project, id, false);
    await apiKeys.rotate(commandLineCaller, project, id, { graceMs: 1000 });
    await apiKeys.rotate(commandLineCaller, project, id, { graceMs: 1000 });
    await apiKeys.revoke(commandLineCaller, project, id, "superseded", "");
  });
  const all = plans.map(touched);
  expect(all.filter((each) => each.secrets + each.keys > 1 || each.whole.length > 0)).toEqual([]);
  expect(all.filter((each) => each.keys === 1).length).toBeGreaterThan(10);
  expect(all.filter((each) => each.secrets === 1).length).toBeGreaterThan(2);
});

test("keys that are due, and values that wait, are found by indexes, and each is rotated and claimed in its own partition", async () => {
  const { apiKeys } = recorded.services;
  const { id } = await newApiKey(altalune.clients, project.publicId, {
    rotationPolicy: { every: { seconds: 86_400n } },
  });
  const looks = await recorded.plansOf(async () => {
    await apiKeys.rotateDue();
    await apiKeys.remindOfUnclaimed();
    await apiKeys.dropEndedValues();
  });
  expect(looks.length).toBeGreaterThan(2);
  // A partition that is empty is read by none.
  const { rows: filled } = await sql<{ name: string }>`
    select distinct tableoid::regclass::text as name from altalune_project_api_keys where project_id <> 0
  `.execute(altalune.db);
  expect(filled.length).toBeGreaterThan(0);
  const whole = looks.flatMap((plan) => touched(plan).whole);
  expect(filled.filter(({ name }) => whole.includes(name))).toEqual([]);
  await letRotate(altalune, id);
  await sql`update altalune_waiting_values set remind_at = altalune_now()`.execute(altalune.db);
  const reminding = await recorded.plansOf(() => apiKeys.remindOfUnclaimed());
  expect(reminding.length).toBeGreaterThan(2);
  const read = reminding.flatMap((plan) => touched(plan).whole);
  expect(filled.filter(({ name }) => read.includes(name))).toEqual([]);
  const claim = (await recorded.plansOf(() => apiKeys.claimRotated(commandLineCaller, project, id))).map(touched);
  expect(claim.filter((each) => each.secrets + each.keys > 1 || each.whole.length > 0)).toEqual([]);
  expect(claim.filter((each) => each.keys === 1).length).toBeGreaterThan(1);
});
