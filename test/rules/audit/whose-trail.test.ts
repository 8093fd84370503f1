import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newRootKey } from "../authority/root-keys.js";

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
});
afterAll(() => altalune.stop());

test("root keys made and revoked at the command line are in the instance's own trail", async () => {
  const { clients, services } = altalune;
  const projectId = await newProject(clients);
  const { id } = await newRootKey(altalune, { name: "deploy", scopes: ["api_keys:verify"], projects: [projectId] });
  await services.rootKeys.revoke(commandLineCaller, id);

  const { data } = await clients.audit.queryAuditEvents({});
  expect(data).toMatchObject([
    { action: "root_key.revoked", actor: "cli", resourceId: id, projectId: "", sourceIp: "" },
    {
      action: "root_key.created",
      actor: "cli",
      resourceId: id,
      projectId: "",
      detail: { name: "deploy", scopes: ["api_keys:verify"], projects: [projectId], expiration: "never" },
    },
    { action: "setup_link.created", actor: "system", sequence: 2n },
    { action: "root_key.created", actor: "system", sequence: 1n },
  ]);
  expect(await clients.audit.verifyAuditTrail({})).toMatchObject({ intact: true, eventsChecked: 4n, headSequence: 4n });
});

test("tampering with the instance's own trail is found", async () => {
  const { clients, db } = altalune;
  await sql`update altalune_audit_events set actor = 'cli' where project_id = 0 and sequence = 1`.execute(db);
  expect(await clients.audit.verifyAuditTrail({})).toMatchObject({ intact: false, firstBrokenSequence: 1n });
  await sql`update altalune_audit_events set actor = 'system' where project_id = 0 and sequence = 1`.execute(db);
  expect(await clients.audit.verifyAuditTrail({})).toMatchObject({ intact: true });
});

test("the trail of a deleted project is read and verified, before and after its keys are purged", async () => {
  const { clients, db, services } = altalune;
  const projectId = await newProject(clients);
  await newApiKey(clients, projectId);
  await clients.projects.deleteProject({ projectId });
  const before = await clients.audit.queryAuditEvents({ projectId });
  expect(before.data.map(({ action }) => action)).toEqual(["project.deleted", "api_key.created", "project.created"]);

  await sql`
    update altalune_projects set deleted_at = altalune_now() - interval '1 day' where public_id = ${projectId}
  `.execute(db);
  await services.projects.purgeDeleted((tx, id) => services.apiKeys.purge(tx, id));
  const left = await sql<{ keys: bigint }>`
    select count(*) as keys from altalune_project_api_keys as key
    join altalune_projects as project on project.id = key.project_id where project.public_id = ${projectId}
  `.execute(db);
  expect(left.rows).toEqual([{ keys: 0n }]);
  expect((await clients.audit.queryAuditEvents({ projectId })).data).toEqual(before.data);
  expect(await clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true, eventsChecked: 3n });
});

test("the trail of a deleted project stays closed to a root key that is limited to others", async () => {
  const { clients, clientsWith } = altalune;
  const projectId = await newProject(clients);
  await clients.projects.deleteProject({ projectId });
  const other = await newRootKey(altalune, { projects: [await newProject(clients)] });
  await expect(clientsWith(other.value).audit.queryAuditEvents({ projectId })).rejects.toThrow(/no such project/);
  await expect(clientsWith(other.value).audit.verifyAuditTrail({ projectId })).rejects.toThrow(/no such project/);
});

test("a project that never was has no trail", async () => {
  const { audit } = altalune.clients;
  await expect(audit.verifyAuditTrail({ projectId: "2".repeat(14) })).rejects.toThrow(/no such project/);
});

test("an event's time is the database's", async () => {
  const { clients, db } = altalune;
  await sql`
    create or replace function altalune_now() returns timestamptz language sql stable
    as $$ select timestamptz '2031-02-03 04:05:06.789Z' $$
  `.execute(db);
  const projectId = await newProject(clients);
  await sql`
    create or replace function altalune_now() returns timestamptz language sql stable as 'select statement_timestamp()'
  `.execute(db);
  const { data } = await clients.audit.queryAuditEvents({ projectId });
  const at = data[0]?.occurredAt;
  expect(new Date(Number(at?.seconds) * 1000 + (at?.nanos ?? 0) / 1e6).toISOString()).toBe("2031-02-03T04:05:06.789Z");
  expect(await clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
});
