import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect } from "vitest";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { dayMs, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";
import { generateKey, graphqlClient, graphqlDenial, keyFields, type ShownKey } from "./client.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

const ownerAccess = { ownerScopes: ["orders:*"], maxLifetime: durationFromMs(30 * dayMs) };

const newShop = (settings = {}) =>
  newProject(altalune.clients, { ownerAccess, defaultScopes: ["orders:read", "admin"], ...settings });

async function ownerOf(projectId: string, ownerId: string, session = {}) {
  return graphqlClient(altalune, await newPortalToken(altalune, projectId, ownerId, session));
}

const list = `{ apiKeys ${keyFields} }`;
const one = `query One($id: ID!) { apiKey(id: $id) ${keyFields} }`;
const revoke = "mutation Revoke($id: ID!) { revokeAPIKey(id: $id) }";

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("an owner, by GraphQL,", () => {
  test("makes a key, finds it, uses it, revokes it, and finds it revoked", async () => {
    const projectId = await newShop();
    const alice = await ownerOf(projectId, "alice");
    const { key, apiKey } = await generateKey(alice, { name: "laptop", scopes: ["orders:write"] });
    expect(apiKey).toEqual({
      id: expect.stringMatching(/^[2-9a-z]{14}$/),
      name: "laptop",
      keyPrefix: key.slice(0, apiKey.keyPrefix.length),
      scopes: ["orders:write"],
      isActive: true,
      lastUsedAt: null,
      expiresAt: expect.stringMatching(rfc3339),
      createdAt: expect.stringMatching(rfc3339),
    });
    expect(await alice.request(list)).toEqual({ apiKeys: [apiKey] });
    expect(await alice.request(one, { id: apiKey.id })).toEqual({ apiKey });
    const verify = async () => (await altalune.clients.verification.verifyApiKey({ key, projectId })).valid;
    expect(await verify()).toBe(true);
    expect(await alice.request(revoke, { id: apiKey.id })).toEqual({ revokeAPIKey: true });
    expect(await verify()).toBe(false);
    expect(await alice.request(revoke, { id: apiKey.id })).toEqual({ revokeAPIKey: true });
    const { apiKeys } = await alice.request<{ apiKeys: readonly ShownKey[] }>(list);
    expect(apiKeys.map(({ id, isActive }) => [id, isActive])).toEqual([[apiKey.id, false]]);
  });

  test("gets a name where none is given, and the scopes that the project has for owners", async () => {
    const alice = await ownerOf(await newShop(), "alice");
    const { apiKey } = await generateKey(alice);
    expect(apiKey.name).toMatch(/^key [2-9a-z]{14}$/);
    expect(apiKey.scopes).toEqual(["orders:read"]);
  });

  test("lists the newest key first", async () => {
    const alice = await ownerOf(await newShop(), "alice");
    const names = ["first", "second", "third"];
    for (const name of names) {
      await generateKey(alice, { name });
    }
    const { apiKeys } = await alice.request<{ apiKeys: readonly ShownKey[] }>("{ apiKeys { name } }");
    expect(apiKeys.map(({ name }) => name)).toEqual(names.toReversed());
  });

  test("is held to the project's scopes, names and cap, and is told which argument is wrong", async () => {
    const alice = await ownerOf(await newShop({ maxKeysPerOwner: 1 }), "alice");
    const badInput = { status: 200, code: "BAD_USER_INPUT" };
    expect(await graphqlDenial(generateKey(alice, { name: "wide", scopes: ["admin"] }))).toMatchObject({
      ...badInput,
      reason: "INVALID_ARGUMENT",
      fields: ["scopes"],
    });
    expect(await graphqlDenial(generateKey(alice, { name: "x" }))).toMatchObject({ ...badInput, fields: ["name"] });
    expect(await graphqlDenial(generateKey(alice, { scopes: ["orders:read", "!"] }))).toMatchObject({
      ...badInput,
      fields: ["scopes[1]"],
    });
    await generateKey(alice, { name: "only" });
    expect(await graphqlDenial(generateKey(alice, { name: "other" }))).toMatchObject({
      code: "RESOURCE_EXHAUSTED",
      reason: "API_KEY_LIMIT_REACHED",
    });
  });

  test("has no two keys of one name", async () => {
    const alice = await ownerOf(await newShop(), "alice");
    await generateKey(alice, { name: "laptop" });
    const again = generateKey(alice, { name: "laptop" });
    expect(await graphqlDenial(again)).toMatchObject({ code: "ALREADY_EXISTS", reason: "API_KEY_NAME_TAKEN" });
  });

  test("neither sees nor revokes keys of others, by whatever ids and aliases", async () => {
    const projectId = await newShop();
    const alice = await ownerOf(projectId, "alice");
    const bob = await ownerOf(projectId, "bob");
    const { key, apiKey: bobs } = await generateKey(bob, { name: "bobs" });
    const { apiKey: own } = await generateKey(alice, { name: "own" });
    const ofNobody = await newApiKey(altalune.clients, projectId);
    const elsewhere = await generateKey(await ownerOf(await newShop(), "alice"), { name: "elsewhere" });
    const ids = [bobs.id, ofNobody.id, elsewhere.apiKey.id, "22222222222222", "no-id", "' or 1=1", ""];
    const aliased = ids.map((id, i) => `a${i}: apiKey(id: ${JSON.stringify(id)}) { ...F }`).join(" ");
    const query = `{ own: apiKey(id: "${own.id}") { ...F } ${aliased} } fragment F on APIKey { id name }`;
    expect(await alice.request(query)).toEqual({
      own: { id: own.id, name: "own" },
      ...Object.fromEntries(ids.map((_id, i) => [`a${i}`, null])),
    });
    expect(await alice.request("{ apiKeys { id } }")).toEqual({ apiKeys: [{ id: own.id }] });
    for (const id of ids) {
      expect(await graphqlDenial(alice.request(revoke, { id }))).toMatchObject({
        code: "NOT_FOUND",
        reason: "API_KEY_NOT_FOUND",
      });
    }
    expect((await altalune.clients.verification.verifyApiKey({ key })).valid).toBe(true);
  });

  test("may do what the token is for, and nothing else", async () => {
    const projectId = await newShop();
    const { apiKey } = await generateKey(await ownerOf(projectId, "alice"));
    const reader = await ownerOf(projectId, "alice", { permissions: [PortalPermission.READ] });
    const maker = await ownerOf(projectId, "alice", { permissions: [PortalPermission.CREATE] });
    const usage = await ownerOf(projectId, "alice", { permissions: [PortalPermission.USAGE] });
    expect(await reader.request("{ apiKeys { id } }")).toEqual({ apiKeys: [{ id: apiKey.id }] });
    const forbidden = { code: "FORBIDDEN", reason: "PERMISSION_MISSING" };
    expect(await graphqlDenial(generateKey(reader))).toMatchObject(forbidden);
    expect(await graphqlDenial(reader.request(revoke, { id: apiKey.id }))).toMatchObject(forbidden);
    expect((await generateKey(maker, { name: "made" })).apiKey.name).toBe("made");
    expect(await graphqlDenial(maker.request(list))).toMatchObject(forbidden);
    expect(await graphqlDenial(usage.request(list))).toMatchObject({ ...forbidden, status: 403 });
  });

  test("has changes in the trail, as theirs, and each call in the log, by its rpc", async () => {
    const projectId = await newShop();
    const alice = await ownerOf(projectId, "alice");
    const { key, apiKey } = await generateKey(alice);
    await alice.request(revoke, { id: apiKey.id });
    const filters = { resource_id: { values: [apiKey.id] } };
    const { data } = await altalune.clients.audit.queryAuditEvents({ projectId, query: { filters } });
    expect(data.map(({ action, actor }) => [action, actor]).toSorted()).toEqual([
      ["api_key.created", "owner:alice"],
      ["api_key.revoked", "owner:alice"],
    ]);
    const lines = altalune.logLines
      .filter((line) => line.includes(apiKey.id))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ method, protocol, code, principal }) => [method, protocol, code, principal])).toEqual([
      ["altalune.v1.MyApiKeyService/CreateMyApiKey", "graphql", "ok", "owner:alice"],
      ["altalune.v1.MyApiKeyService/RevokeMyApiKey", "graphql", "ok", "owner:alice"],
    ]);
    expect(altalune.logLines.join("\n")).not.toContain(key);
    const metrics = await (await fetch(`${altalune.url}/metrics`)).text();
    expect(metrics).toMatch(/MyApiKeyService\/CreateMyApiKey.*code="ok"/);
  });
});

describe("whoever is no owner", () => {
  const unauthenticated = { status: 401, code: "UNAUTHENTICATED", reason: "OWNER_CREDENTIAL_INVALID" };

  test("is refused before the document is looked at", async () => {
    for (const token of [undefined, "alt_portal_madeup", "nonsense"]) {
      expect(await graphqlDenial(graphqlClient(altalune, token).request("{ nothing }"))).toMatchObject(unauthenticated);
    }
  });

  test("is refused by a root key, which may do everything else", async () => {
    expect(await graphqlDenial(graphqlClient(altalune, altalune.rootKey).request(list))).toMatchObject({
      status: 403,
      code: "FORBIDDEN",
      reason: "PERMISSION_MISSING",
    });
  });

  test("is refused once the session has ended", async () => {
    const projectId = await newShop();
    const alice = await ownerOf(projectId, "alice");
    await altalune.clients.portal.endPortalSessions({ projectId, ownerId: "alice" });
    expect(await graphqlDenial(alice.request(list))).toMatchObject(unauthenticated);
  });
});
