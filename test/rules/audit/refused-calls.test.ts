import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";
import { newRootKey } from "../authority/root-keys.js";

interface Scene {
  readonly clients: Clients;
  readonly projectId: string;
  readonly apiKeyId: string;
  readonly revokedId: string;
}

let altalune: TestInstance;
let scene: Scene;
let powerless: Clients;
beforeAll(async () => {
  // Its own: in the trails of another, jobs may go on with what tests have left.
  altalune = await startTestInstance();
  const { clients } = altalune;
  const projectId = await newProject(clients, { maxKeysPerOwner: 1 });
  const { id: apiKeyId } = await newApiKey(clients, projectId, { name: "taken", ownerId: "alice" });
  const { id: revokedId } = await newApiKey(clients, projectId);
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revokedId, reason: RevocationReason.SUPERSEDED });
  await newApiKey(clients, projectId, { name: "also taken" });
  scene = { clients, projectId, apiKeyId, revokedId };
  powerless = altalune.clientsWith((await newRootKey(altalune, { scopes: ["api_keys:read"] })).value);
});
afterAll(() => altalune.stop());

const nowhere = "2".repeat(14);

const refused: readonly (readonly [what: string, reason: string, run: (scene: Scene) => Promise<unknown>])[] = [
  ["a create without the scope", "PERMISSION_MISSING", ({ projectId }) => newApiKey(powerless, projectId)],
  ["a create in no project", "PROJECT_NOT_FOUND", ({ clients }) => newApiKey(clients, nowhere)],
  ["a name that breaks a rule", "", ({ clients, projectId }) => newApiKey(clients, projectId, { name: "x" })],
  [
    "a name that is taken",
    "API_KEY_NAME_TAKEN",
    ({ clients, projectId }) => newApiKey(clients, projectId, { name: "also taken" }),
  ],
  [
    "one key too many",
    "API_KEY_LIMIT_REACHED",
    ({ clients, projectId }) => newApiKey(clients, projectId, { ownerId: "alice" }),
  ],
  [
    "a tier that there is not",
    "TIER_NOT_FOUND",
    ({ clients, projectId }) => newApiKey(clients, projectId, { tier: "none-such" }),
  ],
  [
    "a key that never expires",
    "NEVER_EXPIRES_NOT_ALLOWED",
    ({ clients, projectId }) => newApiKey(clients, projectId, { neverExpires: true }),
  ],
  [
    "an update of no key",
    "API_KEY_NOT_FOUND",
    ({ clients, projectId }) => clients.apiKeys.updateApiKey({ projectId, apiKeyId: nowhere, name: "new name" }),
  ],
  [
    "an update of a revoked key",
    "API_KEY_REVOKED",
    ({ clients, projectId, revokedId: apiKeyId }) =>
      clients.apiKeys.updateApiKey({ projectId, apiKeyId, name: "new name" }),
  ],
  [
    "a rotation of a revoked key",
    "API_KEY_REVOKED",
    ({ clients, projectId, revokedId: apiKeyId }) => clients.apiKeys.rotateApiKey({ projectId, apiKeyId }),
  ],
  [
    "a deletion of no key",
    "API_KEY_NOT_FOUND",
    ({ clients, projectId }) => clients.apiKeys.deleteApiKey({ projectId, apiKeyId: nowhere }),
  ],
  [
    "a project with a tier that there is not",
    "TIER_NOT_FOUND",
    ({ clients }) => newProject(clients, { defaultTier: "none-such" }),
  ],
  ["a deletion of no tier", "TIER_NOT_FOUND", ({ clients }) => clients.tiers.deleteTier({ name: "none-such" })],
  [
    "a deletion of no project",
    "PROJECT_NOT_FOUND",
    ({ clients }) => clients.projects.deleteProject({ projectId: nowhere }),
  ],
];

test.each(refused)("%s leaves no event", async (_what, reason, run) => {
  const before = await storedTrails();
  expect((await denialOf(run(scene))).reason).toBe(reason);
  expect(await storedTrails()).toEqual(before);
});

test("what changes nothing leaves no event: revoking twice, switching on what is on", async () => {
  const { clients, projectId, apiKeyId, revokedId } = scene;
  const before = await storedTrails();
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revokedId, reason: RevocationReason.KEY_COMPROMISED });
  await clients.apiKeys.activateApiKey({ projectId, apiKeyId });
  expect(await storedTrails()).toEqual(before);
});

test("reading and verifying leave no event", async () => {
  const { clients, projectId, apiKeyId } = scene;
  const before = await storedTrails();
  await clients.projects.getProject({ projectId });
  await clients.apiKeys.getApiKey({ projectId, apiKeyId });
  await clients.verification.verifyApiKey({ key: altalune.rootKey });
  await clients.audit.verifyAuditTrail({ projectId });
  expect(await storedTrails()).toEqual(before);
});

test("a change that the database turned back at its end leaves neither key nor event", async () => {
  const { clients, projectId } = scene;
  const before = await storedTrails();
  await sql`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'disk on fire'; end $$
  `.execute(altalune.db);
  await sql`
    create constraint trigger refuse after insert on altalune_audit_events
    deferrable initially deferred for each row execute function refuse()
  `.execute(altalune.db);
  const create = clients.apiKeys.createApiKey({ projectId, name: "turned back", expiration: fromNow(dayMs) });
  expect((await denialOf(create)).code).toBe("Internal");
  await sql`drop trigger refuse on altalune_audit_events`.execute(altalune.db);
  expect(await storedTrails()).toEqual(before);
  const { data } = await clients.apiKeys.queryApiKeys({ projectId, query: { keyword: "turned back" } });
  expect(data).toEqual([]);
});

async function storedTrails(): Promise<unknown> {
  const events = await sql`select * from altalune_audit_events order by project_id, sequence`.execute(altalune.db);
  const heads = await sql`select * from altalune_audit_heads order by project_id`.execute(altalune.db);
  return [events.rows, heads.rows];
}
