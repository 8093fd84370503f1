import { durationFromMs, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import { describe, expect } from "vitest";
import { ApiKeyStatus, RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import type { MyApiKeyService } from "../../../gen/altalune/v1/my_api_key_pb.js";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken, owner } from "../../support/owners.js";
import { letRotate } from "../../support/rotation.js";
import { test } from "../../support/shared-instance.js";

type Owner = Client<typeof MyApiKeyService>;

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

const ownerAccess = {
  ownerScopes: ["orders:*", "invoices:read"],
  maxLifetime: durationFromMs(30 * dayMs),
  defaultLifetime: durationFromMs(7 * dayMs),
  defaultTier: "free",
};

function newShop(settings = {}) {
  return newProject(altalune.clients, {
    ownerAccess,
    defaultTier: "pro",
    defaultScopes: ["orders:read", "admin"],
    ...settings,
  });
}

async function makeKey(of: Owner, settings: Parameters<Owner["createMyApiKey"]>[0] = {}) {
  const { apiKey, keyValue } = await of.createMyApiKey({ name: uniqueName("own"), ...settings });
  return { id: apiKey?.id ?? "", value: keyValue, apiKey };
}

const notFound = { code: "NotFound", reason: "API_KEY_NOT_FOUND" };
const permissionMissing = { code: "PermissionDenied", reason: "PERMISSION_MISSING" };

describe("an owner", () => {
  test("makes keys of their own, as the project has it for owners", async () => {
    const projectId = await newShop();
    const alice = await owner(altalune, projectId, "alice");
    const { id, value, apiKey } = await makeKey(alice);
    expect(apiKey).toMatchObject({ ownerId: "alice", projectId, tier: "free", scopes: ["orders:read"] });
    const end = apiKey?.expiration === undefined ? 0 : timestampDate(apiKey.expiration).getTime();
    expect(Math.abs(end - Date.now() - 7 * dayMs)).toBeLessThan(60_000);
    const { apiKey: asTheTeamSeesIt } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    expect(asTheTeamSeesIt).toEqual(apiKey);
    expect((await altalune.clients.verification.verifyApiKey({ key: value })).valid).toBe(true);
  });

  test("rotates a key that the team gave more than owners can give, and cannot make it last longer", async () => {
    const projectId = await newShop();
    const alice = await owner(altalune, projectId, "alice");
    for (const more of [{ scopes: ["admin"] }, { tier: "pro" }, { rateLimits: { perMinute: 9_000 } }]) {
      const given = { scopes: ["orders:read"], tier: "free", ...more };
      const { id: apiKeyId } = await newApiKey(altalune.clients, projectId, { ownerId: "alice", ...given });
      const longer = alice.rotateMyApiKey({ apiKeyId, expiration: fromNow(20 * dayMs) });
      expect(await denialOf(longer)).toMatchObject({ code: "InvalidArgument", fields: ["expiration"] });
      expect((await alice.rotateMyApiKey({ apiKeyId })).keyValue).not.toBe("");
    }
    const { id } = await makeKey(alice);
    expect((await alice.rotateMyApiKey({ apiKeyId: id, expiration: fromNow(20 * dayMs) })).keyValue).not.toBe("");
  });

  test("is not taken for another whose id and whose name of a request read as theirs, one behind the other", async () => {
    const projectId = await newShop({ maxKeysPerOwner: 0 });
    const [alice, other] = [await owner(altalune, projectId, "alice"), await owner(altalune, projectId, "alice x")];
    for (let i = 0; i < 10; i++) {
      const name = uniqueName("own");
      const made = await Promise.all([
        alice.createMyApiKey({ name, requestId: `x r${i}` }),
        other.createMyApiKey({ name, requestId: `r${i}` }),
      ]);
      expect(made.map(({ apiKey }) => apiKey?.ownerId)).toEqual(["alice", "alice x"]);
    }
  });

  const wider: readonly (readonly [string, string, Parameters<Owner["createMyApiKey"]>[0]])[] = [
    ["a scope that owners may not give", "scopes", { scopes: ["orders:read", "admin"] }],
    ["every scope", "scopes", { scopes: ["*"] }],
    ["a pattern that is wider than what they may give", "scopes", { scopes: ["invoices:*"] }],
    ["a pattern of all actions", "scopes", { scopes: ["*:read"] }],
    ["an end after the longest life", "expiration", { expiration: fromNow(31 * dayMs) }],
    ["an end in the past", "expiration", { expiration: fromNow(-1000) }],
    ["a name of one character", "name", { name: "x" }],
  ];
  test.for(wider)("is refused %s", async ([_what, field, wanted]) => {
    const alice = await owner(altalune, await newShop(), "alice");
    const request = { name: uniqueName("own"), ...wanted };
    expect(await denialOf(alice.createMyApiKey(request))).toMatchObject({ code: "InvalidArgument", fields: [field] });
  });

  test("may give the scopes that owners may, and ends within the longest life", async () => {
    const alice = await owner(altalune, await newShop(), "alice");
    const { apiKey } = await makeKey(alice, { scopes: ["orders:*", "orders:a:b"], expiration: fromNow(29 * dayMs) });
    expect(apiKey?.scopes).toEqual(["orders:*", "orders:a:b"]);
  });

  test("has keys without scopes where the project lets owners give none, whatever its other keys have", async () => {
    const projectId = await newProject(altalune.clients, { defaultScopes: ["admin"], defaultTier: "pro" });
    const alice = await owner(altalune, projectId, "alice");
    const { apiKey } = await makeKey(alice);
    expect(apiKey).toMatchObject({ scopes: [], tier: "pro" });
    const end = apiKey?.expiration === undefined ? 0 : timestampDate(apiKey.expiration).getTime();
    expect(Math.abs(end - Date.now() - 90 * dayMs)).toBeLessThan(60_000);
  });

  test("is held to the project's cap, also when keys are made at the same time", async () => {
    const alice = await owner(altalune, await newShop({ maxKeysPerOwner: 3 }), "alice");
    const made = await Promise.allSettled(Array.from({ length: 10 }, () => makeKey(alice)));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(await denialOf(makeKey(alice))).toMatchObject({
      code: "ResourceExhausted",
      reason: "API_KEY_LIMIT_REACHED",
    });
  });

  test("has no two keys of a name, and names a request to send it again", async () => {
    const alice = await owner(altalune, await newShop(), "alice");
    const request = { name: "laptop", requestId: "once" };
    const first = await alice.createMyApiKey(request);
    const again = await alice.createMyApiKey(request);
    expect([again.apiKey?.id, again.keyValue]).toEqual([first.apiKey?.id, ""]);
    expect(await denialOf(alice.createMyApiKey({ name: "laptop" }))).toMatchObject({ reason: "API_KEY_NAME_TAKEN" });
  });

  test("renames, rotates and revokes a key, and each is in the trail as theirs", async () => {
    const projectId = await newShop();
    const alice = await owner(altalune, projectId, "alice");
    const { id, value } = await makeKey(alice);
    expect((await alice.renameMyApiKey({ apiKeyId: id, name: "renamed" })).apiKey?.name).toBe("renamed");
    const rotated = await alice.rotateMyApiKey({ apiKeyId: id });
    const verify = async (key: string) => (await altalune.clients.verification.verifyApiKey({ key })).valid;
    expect([await verify(value), await verify(rotated.keyValue)]).toEqual([false, true]);
    const revoked = await alice.revokeMyApiKey({ apiKeyId: id });
    expect(revoked.apiKey).toMatchObject({
      status: ApiKeyStatus.REVOKED,
      revocationReason: RevocationReason.NO_LONGER_NEEDED,
    });
    expect(await verify(rotated.keyValue)).toBe(false);
    const filters = { resource_id: { values: [id] } };
    const { data } = await altalune.clients.audit.queryAuditEvents({ projectId, query: { filters } });
    expect(data.map(({ actor, action }) => [actor, action]).reverse()).toEqual([
      ["owner:alice", "api_key.created"],
      ["owner:alice", "api_key.updated"],
      ["owner:alice", "api_key.rotated"],
      ["owner:alice", "api_key.revoked"],
    ]);
  });

  test("cannot give a key a longer life by rotating it", async () => {
    const alice = await owner(altalune, await newShop(), "alice");
    const { id } = await makeKey(alice);
    const denial = await denialOf(alice.rotateMyApiKey({ apiKeyId: id, expiration: fromNow(31 * dayMs) }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["expiration"] });
  });

  test("does not see what the project's team keeps with a key", async () => {
    const projectId = await newShop();
    const { id } = await newApiKey(altalune.clients, projectId, { ownerId: "alice", metadata: { note: "late payer" } });
    const alice = await owner(altalune, projectId, "alice");
    expect((await alice.getMyApiKey({ apiKeyId: id })).apiKey?.metadata).toBeUndefined();
    expect((await alice.queryMyApiKeys({})).data.map(({ metadata }) => metadata)).toEqual([undefined]);
  });
});

describe("another owner's keys", () => {
  test("are not found, whatever is asked of them, and neither are those of nobody and of another project", async () => {
    const projectId = await newShop();
    const elsewhere = await newShop();
    const alice = await owner(altalune, projectId, "alice");
    const keys = [
      await newApiKey(altalune.clients, projectId, { ownerId: "bob" }),
      await newApiKey(altalune.clients, projectId),
      await newApiKey(altalune.clients, elsewhere, { ownerId: "alice" }),
      { id: "x".repeat(14) },
    ];
    for (const { id: apiKeyId } of keys) {
      const calls = [
        () => alice.getMyApiKey({ apiKeyId }),
        () => alice.renameMyApiKey({ apiKeyId, name: "mine" }),
        () => alice.rotateMyApiKey({ apiKeyId }),
        () => alice.claimMyRotatedKey({ apiKeyId }),
        () => alice.revokeMyApiKey({ apiKeyId }),
        () => alice.getMyUsage({ apiKeyId, startTime: fromNow(-dayMs), endTime: fromNow(0) }),
      ];
      for (const call of calls) {
        expect(await denialOf(call())).toMatchObject(notFound);
      }
    }
    expect((await altalune.clients.apiKeys.queryApiKeys({ projectId })).data.map(({ status }) => status)).toEqual([
      ApiKeyStatus.ACTIVE,
      ApiKeyStatus.ACTIVE,
    ]);
  });

  test("are in no listing, and no filter or page token leads to them", async () => {
    const projectId = await newShop({ maxKeysPerOwner: 0 });
    const alice = await owner(altalune, projectId, "alice");
    const bob = await owner(altalune, projectId, "bob");
    for (let i = 0; i < 3; i++) {
      await makeKey(alice);
      await makeKey(bob);
    }
    const query = { pagination: { pageSize: 2 } };
    const first = await bob.queryMyApiKeys({ query });
    expect(first.data.map(({ ownerId }) => ownerId)).toEqual(["bob", "bob"]);
    const pageToken = first.meta?.nextPageToken ?? "";
    const next = { query: { pagination: { pageSize: 2, pageToken } } };
    expect((await bob.queryMyApiKeys(next)).data).toHaveLength(1);
    expect(await denialOf(alice.queryMyApiKeys(next))).toMatchObject({ fields: ["query.pagination.page_token"] });
    const filters = { owner_id: { values: ["bob"] } };
    expect(await denialOf(alice.queryMyApiKeys({ query: { filters } }))).toMatchObject({ fields: ["query.filters"] });
    const empty = { owner_id: { values: [] } };
    expect(await denialOf(alice.queryMyApiKeys({ query: { filters: empty } }))).toMatchObject({
      code: "InvalidArgument",
    });
    const byKeyword = await alice.queryMyApiKeys({ query: { keyword: "own" } });
    expect(new Set(byKeyword.data.map(({ ownerId }) => ownerId))).toEqual(new Set(["alice"]));
    // What a root key's listing gave is bound to the same filter, and shows an owner no more.
    const { meta } = await altalune.clients.apiKeys.queryApiKeys({ projectId, query });
    const stolen = { query: { pagination: { pageSize: 2, pageToken: meta?.nextPageToken ?? "" } } };
    expect(await denialOf(alice.queryMyApiKeys(stolen))).toMatchObject({ fields: ["query.pagination.page_token"] });
  });

  test("are not in an owner's usage", async () => {
    const projectId = await newShop();
    const alice = await owner(altalune, projectId, "alice");
    const bob = await owner(altalune, projectId, "bob");
    const [mine, theirs] = [await makeKey(alice), await makeKey(bob)];
    const period = { startTime: fromNow(-60_000), endTime: fromNow(60_000) };
    for (const key of [mine.value, theirs.value, theirs.value]) {
      await altalune.clients.verification.verifyApiKey({ key });
    }
    const valid = async (of: Owner, apiKeyId?: string) => {
      const { buckets } = await of.getMyUsage({ ...period, ...(apiKeyId !== undefined && { apiKeyId }) });
      return buckets.reduce((sum, { counts }) => sum + Number(counts["VERIFICATION_CODE_VALID"] ?? 0n), 0);
    };
    await expect.poll(() => valid(bob), { timeout: 10_000 }).toBe(2);
    await expect.poll(() => valid(alice), { timeout: 10_000 }).toBe(1);
    expect(await valid(alice, mine.id)).toBe(1);
    expect(await valid(await owner(altalune, projectId, "carol"))).toBe(0);
  });
});

test("a token does what its permissions say, and nothing else", async () => {
  const projectId = await newShop();
  const { id } = await makeKey(await owner(altalune, projectId, "alice"));
  const calls: Readonly<Record<string, readonly [PortalPermission, (of: Owner) => Promise<unknown>]>> = {
    query: [PortalPermission.READ, (of) => of.queryMyApiKeys({})],
    get: [PortalPermission.READ, (of) => of.getMyApiKey({ apiKeyId: id })],
    create: [PortalPermission.CREATE, (of) => makeKey(of)],
    rename: [PortalPermission.CREATE, (of) => of.renameMyApiKey({ apiKeyId: id, name: uniqueName("own") })],
    rotate: [PortalPermission.ROTATE, (of) => of.rotateMyApiKey({ apiKeyId: id })],
    claim: [
      PortalPermission.ROTATE,
      async (of) => {
        await letRotate(altalune, id);
        return of.claimMyRotatedKey({ apiKeyId: id });
      },
    ],
    usage: [PortalPermission.USAGE, (of) => of.getMyUsage({ startTime: fromNow(-dayMs), endTime: fromNow(0) })],
    revoke: [PortalPermission.REVOKE, (of) => of.revokeMyApiKey({ apiKeyId: id })],
  };
  for (const permission of [1, 2, 3, 4, 5] as const) {
    const limited = await owner(altalune, projectId, "alice", { permissions: [permission] });
    for (const [name, [needed, run]] of Object.entries(calls)) {
      const outcome = needed === permission ? run(limited) : denialOf(run(limited));
      expect({
        name,
        permission,
        outcome: await outcome.then((denial) => (needed === permission ? "ok" : denial)),
      }).toMatchObject({ name, permission, outcome: needed === permission ? "ok" : permissionMissing });
    }
  }
});

test("an owner reaches nothing else, and a root key not what is owners'", async () => {
  const projectId = await newShop();
  const asOwner = altalune.clientsWith(await newPortalToken(altalune, projectId, "alice"));
  expect(await denialOf(asOwner.apiKeys.queryApiKeys({ projectId }))).toMatchObject(permissionMissing);
  expect(await denialOf(asOwner.projects.getProject({ projectId }))).toMatchObject(permissionMissing);
  expect(await denialOf(asOwner.verification.verifyApiKey({ key: "sk-x" }))).toMatchObject(permissionMissing);
  expect(await denialOf(asOwner.portal.endPortalSessions({ projectId, ownerId: "bob" }))).toMatchObject(
    permissionMissing,
  );
  expect(await denialOf(altalune.clients.myApiKeys.queryMyApiKeys({}))).toMatchObject(permissionMissing);
  const anybody = altalune.clientsWith(undefined).myApiKeys.queryMyApiKeys({});
  expect(await denialOf(anybody)).toMatchObject({ code: "Unauthenticated", reason: "OWNER_CREDENTIAL_INVALID" });
});

test("what a project says of owners is in force for the calls that come after it", async () => {
  const projectId = await newShop();
  const alice = await owner(altalune, projectId, "alice");
  await makeKey(alice, { scopes: ["orders:write"] });
  await altalune.clients.projects.updateProject({ projectId, ownerAccess: { ownerScopes: ["orders:read"] } });
  expect(await denialOf(makeKey(alice, { scopes: ["orders:write"] }))).toMatchObject({ fields: ["scopes"] });
});
