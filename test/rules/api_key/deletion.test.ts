import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { setClockAhead } from "../../support/clock.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { keyRpcs, projectRpcs } from "../../support/rpcs.js";
import { actionsOf } from "../../support/trail.js";
import { codeOf } from "../../support/verdict.js";

const purgeDelayMs = 5 * 60_000;
const tablesOfKeys = [
  "altalune_project_api_keys",
  "altalune_api_key_secrets",
  "altalune_api_key_owners",
  "altalune_api_key_activity",
] as const;

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
});
afterAll(() => altalune.stop());
afterEach(() => setClockAhead(altalune.db, 0));

/** A project with three keys: one that was used under a limit, one that was rotated, and one of nobody. */
async function projectWithKeys() {
  const { clients } = altalune;
  const projectId = await newProject(clients, { name: "short-lived" });
  const used = await newApiKey(clients, projectId, { ownerId: "alice", rateLimits: { perDay: 9 } });
  await clients.verification.verifyApiKey({ key: used.value });
  const rotated = await newApiKey(clients, projectId, { ownerId: "bob" });
  const { keyValue } = await clients.apiKeys.rotateApiKey({
    projectId,
    apiKeyId: rotated.id,
    gracePeriod: { seconds: 3600n },
  });
  const plain = await newApiKey(clients, projectId);
  // Its use is written within a second.
  await expect.poll(() => rowsOf(projectId), { timeout: 10_000 }).toEqual([3, 4, 2, 1]);
  return { projectId, used, rotated, plain, values: [used.value, rotated.value, keyValue, plain.value] };
}

/** How many rows each table holds of a project. */
async function rowsOf(projectId: string): Promise<number[]> {
  const counts = tablesOfKeys.map(async (table) => {
    const { rows } = await sql<{ count: bigint }>`
      select count(*) from ${sql.table(table)}
      where project_id = (select id from altalune_projects where public_id = ${projectId})
    `.execute(altalune.db);
    return Number(rows[0]?.count);
  });
  return Promise.all(counts);
}

async function purge() {
  const { projects, apiKeys } = altalune.services;
  await projects.purgeDeleted((tx, id) => apiKeys.purge(tx, id));
}

describe("a deleted key", () => {
  test("is not found by verification, by any rpc, nor in the listing", async () => {
    const { clients } = altalune;
    const { projectId, used, rotated, plain } = await projectWithKeys();
    await clients.apiKeys.deleteApiKey({ projectId, apiKeyId: used.id });
    expect(await codeOf(clients, used.value)).toBe(VerificationCode.NOT_FOUND);
    for (const [, call] of keyRpcs) {
      expect(await denialOf(call(clients, { projectId, apiKeyId: used.id }))).toMatchObject({
        code: "NotFound",
        reason: "API_KEY_NOT_FOUND",
      });
    }
    const { data } = await clients.apiKeys.queryApiKeys({ projectId });
    expect(data.map(({ id }) => id)).toEqual([plain.id, rotated.id]);
    expect(await actionsOf(clients, projectId, used.id)).toEqual(["api_key.created", "api_key.deleted"]);
  });

  test("leaves no row of itself, its values or its use", async () => {
    const { clients } = altalune;
    const { projectId, used, rotated, plain } = await projectWithKeys();
    for (const { id } of [used, rotated, plain]) {
      await clients.apiKeys.deleteApiKey({ projectId, apiKeyId: id });
    }
    expect(await rowsOf(projectId)).toEqual([0, 0, 2, 0]);
  });
});

describe("a deleted project", () => {
  test("takes its keys with it: none of their values is found", async () => {
    const { clients } = altalune;
    const { projectId, values } = await projectWithKeys();
    await clients.projects.deleteProject({ projectId });
    for (const value of values) {
      expect(await codeOf(clients, value)).toBe(VerificationCode.NOT_FOUND);
    }
  });

  test("is not found by any rpc, nor in the listing", async () => {
    const { clients } = altalune;
    const { projectId, plain } = await projectWithKeys();
    await clients.projects.deleteProject({ projectId });
    for (const [, call] of [...projectRpcs, ...keyRpcs]) {
      expect(await denialOf(call(clients, { projectId, apiKeyId: plain.id }))).toMatchObject({
        code: "NotFound",
        reason: "PROJECT_NOT_FOUND",
      });
    }
    const { data } = await clients.projects.queryProjects({ query: { pagination: { pageSize: 1000 } } });
    expect(data.map(({ id }) => id)).not.toContain(projectId);
  });

  test("leaves its trail, which stays readable and whole", async () => {
    const { clients } = altalune;
    const { projectId, plain } = await projectWithKeys();
    await clients.projects.deleteProject({ projectId });
    expect(await actionsOf(clients, projectId)).toEqual(["project.created", "project.deleted"]);
    expect(await actionsOf(clients, projectId, plain.id)).toEqual(["api_key.created"]);
    expect(await clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true, eventsChecked: 6n });
  });

  test("is purged of its rows, but not before every transaction that saw it has ended", async () => {
    const { clients, db } = altalune;
    const { projectId } = await projectWithKeys();
    const neighbour = await projectWithKeys();
    await clients.projects.deleteProject({ projectId });
    const before = await rowsOf(projectId);
    await setClockAhead(db, purgeDelayMs - 60_000);
    await purge();
    expect(await rowsOf(projectId)).toEqual(before);
    await setClockAhead(db, purgeDelayMs);
    await purge();
    expect(await rowsOf(projectId)).toEqual([0, 0, 0, 0]);
    expect((await rowsOf(neighbour.projectId))[0]).toBe(3);
    expect(await clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true, eventsChecked: 6n });
  });

  test("is purged of more keys than one batch holds", async () => {
    const { clients, db } = altalune;
    const projectId = await newProject(clients);
    await sql`
      with keys as (
        insert into altalune_project_api_keys
          (project_id, public_id, name, owner_id, display_prefix, digest, scopes, tier, expires_at)
        select id, 'key' || i, 'key ' || i, '', 'sk-00000', sha256(convert_to('key ' || i, 'UTF8')), '{}', '', 'infinity'
        from altalune_projects, generate_series(1, 1200) as i
        where public_id = ${projectId}
        returning project_id, id, digest
      )
      insert into altalune_api_key_secrets (digest, project_id, api_key_id) select digest, project_id, id from keys
    `.execute(db);
    await clients.projects.deleteProject({ projectId });
    await setClockAhead(db, purgeDelayMs);
    await purge();
    expect(await rowsOf(projectId)).toEqual([0, 0, 0, 0]);
  });
});
