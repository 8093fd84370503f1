import type { CallOptions } from "@connectrpc/connect";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditActions } from "../../../src/domain/audit/model.js";
import { isChange } from "../../../src/server/call/rpc-table.js";
import { newApiKey, newProject, newUser } from "../../support/fixtures.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";
import { newPortalCode, newPortalToken } from "../../support/owners.js";
import { newWebhook } from "../../support/webhooks.js";
import { everyRpc } from "../authority/every-rpc.js";
import { newRootKey, type RootKey } from "../authority/root-keys.js";
import { mutations, type Subject } from "./mutations.js";

const ownerId = "alice";

let altalune: TestInstance;
let rootKey: RootKey;
let clients: Clients;
let subject: Subject;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_TRUSTED_PROXIES: "loopback" } });
  rootKey = await newRootKey(altalune);
  clients = altalune.clientsWith(rootKey.value);
  const projectId = await newProject(clients);
  const { id, value } = await newApiKey(clients, projectId);
  const { id: ownId } = await newApiKey(clients, projectId, { ownerId });
  const token = await newPortalToken({ ...altalune, clients }, projectId, ownerId);
  const code = await newPortalCode({ clients }, projectId, ownerId);
  const { myApiKeys } = altalune.clientsWith(token);
  subject = {
    projectId,
    apiKeyId: id,
    exposedKey: value,
    own: { ownerId, apiKeyId: ownId, code, myApiKeys },
    userId: await newUser(clients),
    ...(await newWebhook(clients, projectId)),
  };
});
afterAll(() => altalune.stop());

interface Row {
  readonly sequence: bigint;
  readonly actor: string;
  readonly action: string;
  readonly resource_id: string;
  readonly request_id: string;
  readonly source_ip: string;
}

async function everyEvent(): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`select * from altalune_audit_events order by project_id, sequence`.execute(
    altalune.db,
  );
  return rows;
}

test("every rpc that changes something is among these tests", () => {
  const writing = everyRpc.filter(isChange).map(({ name }) => name);
  expect(Object.keys(mutations).sort()).toEqual(writing.sort());
});

test("every action that the trail knows is left by one of these, or by the command line", () => {
  const others = [
    "api_key.suspicious",
    "api_key.unclaimed",
    "master_key.rotated",
    "root_key.created",
    "root_key.exposed",
    "root_key.revoked",
    "setup_link.created",
    "webhook.disabled",
  ];
  // test/rules/sign_in has those of people who sign in.
  const ofPeople = [
    "invited",
    "registered",
    "signed_in",
    "signed_out",
    "password_changed",
    "totp_set",
    "totp_removed",
    "passkey_added",
    "passkey_removed",
    "passkey_clone_suspected",
    "refresh_token_replayed",
    "session_ended",
  ].map((what) => `user.${what}`);
  const left = Object.values(mutations).map(({ action }) => action);
  expect([...new Set([...left, ...others, ...ofPeople])].sort()).toEqual([...auditActions].sort());
});

test.each(Object.entries(mutations))(
  "%s leaves one event, with who did it, from where, and in which request",
  async (_name, { action, byOwner, prepare, run }) => {
    await prepare?.(altalune, subject);
    const before = await everyEvent();
    let requestId: string | null = null;
    const options: CallOptions = {
      headers: { "x-forwarded-for": "203.0.113.9" },
      onHeader: (headers) => {
        requestId = headers.get("x-request-id");
      },
    };
    const resource = await run(clients, subject, options);

    const known = new Set(before.map(keyOf));
    const added = (await everyEvent()).filter((event) => !known.has(keyOf(event)));
    expect(requestId).toBeTruthy();
    expect(added).toMatchObject([
      {
        action,
        actor: byOwner ? `owner:${ownerId}` : `root_key:${rootKey.id}`,
        resource_id: resource,
        request_id: requestId,
        source_ip: "203.0.113.9",
      },
    ]);
  },
);

test("the trails that they leave are intact, the project's after its deletion and the instance's own", async () => {
  const elsewhere = [
    "CreateProject",
    "UpsertTier",
    "DeleteTier",
    "InviteUser",
    "UpdateUser",
    "RevokeUserSessions",
    "DeleteUser",
  ];
  const changes = Object.keys(mutations).length - elsewhere.length;
  const prepared = Object.values(mutations).filter(({ prepare }) => prepare !== undefined).length;
  expect(await clients.audit.verifyAuditTrail({ projectId: subject.projectId })).toMatchObject({
    intact: true,
    eventsChecked: BigInt(8 + changes + prepared),
  });
  expect(await clients.audit.verifyAuditTrail({})).toMatchObject({ intact: true, eventsChecked: 10n });
});

test("a request id that the client chose is in the event", async () => {
  await clients.projects.createProject({ name: "traced" }, { headers: { "x-request-id": "trace-4711" } });
  const events = await everyEvent();
  expect(events.filter((event) => event.request_id === "trace-4711")).toHaveLength(1);
});

test("no event holds a secret", async () => {
  const projectId = await newProject(clients);
  const made = await newApiKey(clients, projectId, { withSigningSecret: true });
  const rotated = await clients.apiKeys.rotateApiKey({ projectId, apiKeyId: made.id });
  const signing = await clients.apiKeys.rotateSigningSecret({ projectId, apiKeyId: made.id });
  const code = await newPortalCode({ clients }, projectId, ownerId);
  const { token } = await clients.portal.exchangePortalCode({ code });
  const stored = JSON.stringify(
    (await sql`select * from altalune_audit_events`.execute(altalune.db)).rows,
    (_, value) => (typeof value === "bigint" ? String(value) : value),
  );
  const ofPortal = [code, token].map((secret) => secret.split(".")[0] ?? "");
  const others = [made.value, made.signingSecret, rotated.keyValue, signing.signingSecret, rootKey.value];
  for (const secret of [...others, ...ofPortal]) {
    expect(secret.length).toBeGreaterThan(40);
    expect(stored).not.toContain(secret.slice(-44));
  }
});

function keyOf(event: Row & { readonly project_id?: bigint }): string {
  return `${event.project_id}/${event.sequence}`;
}
