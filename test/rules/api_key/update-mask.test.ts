import { beforeEach, describe, expect } from "vitest";
import type { UpdateApiKeyRequest } from "../../../gen/altalune/v1/api_key_pb.js";
import type { UpdateProjectRequest } from "../../../gen/altalune/v1/project_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

type KeyChanges = Partial<
  Pick<UpdateApiKeyRequest, "name" | "expiration" | "neverExpires" | "scopes" | "tier" | "metadata">
>;
type Settings = Partial<
  Pick<UpdateProjectRequest, "name" | "keyPrefix" | "maxKeysPerOwner" | "defaultScopes" | "defaultTier">
>;

let altalune: TestInstance;
let projectId: string;
let apiKeyId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients, {
    name: "original",
    keyPrefix: "old_",
    maxKeysPerOwner: 9,
    allowNeverExpires: true,
    defaultScopes: ["old"],
    defaultTier: "free",
  });
  const key = await newApiKey(altalune.clients, projectId, {
    name: "original",
    scopes: ["orders:read"],
    tier: "free",
    rateLimits: { perMinute: 1, perDay: 2 },
    metadata: { team: "shop" },
  });
  apiKeyId = key.id;
});

async function updateKey(paths: string[], changes: KeyChanges = {}) {
  const request = { projectId, apiKeyId, ...changes, updateMask: { paths } };
  return (await altalune.clients.apiKeys.updateApiKey(request)).apiKey;
}

async function updateProject(paths: string[], changes: Settings = {}) {
  return (await altalune.clients.projects.updateProject({ projectId, ...changes, updateMask: { paths } })).project;
}

async function storedKey() {
  return (await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId })).apiKey;
}

async function storedProject() {
  return (await altalune.clients.projects.getProject({ projectId })).project;
}

describe("a mask names the fields of a key to change:", () => {
  test("the others stay, set or not", async () => {
    const before = await storedKey();
    const after = await updateKey(["tier"], { tier: "pro", name: "renamed", scopes: ["new"], metadata: { a: 1 } });
    expect(after).toEqual({ ...before, tier: "pro", etag: after?.etag, updatedAt: after?.updatedAt });
  });

  test("a bad value in a field that it does not name is neither checked nor stored", async () => {
    const before = await storedKey();
    const bad = {
      name: "!",
      expiration: fromNow(-dayMs),
      neverExpires: true,
      scopes: ["a::b"],
      metadata: { note: "x".repeat(9000) },
    };
    const after = await updateKey(["tier"], { tier: "pro", ...bad });
    expect(after).toEqual({ ...before, tier: "pro", etag: after?.etag, updatedAt: after?.updatedAt });
  });

  test("a bad value in a field that it names is refused", async () => {
    const denial = await denialOf(updateKey(["tier", "scopes"], { tier: "pro", scopes: ["a::b"] }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["scopes"] });
    expect(await storedKey()).toMatchObject({ tier: "free", scopes: ["orders:read"] });
  });

  test.each(["owner_id", "id", "active", "project_id", "update_mask", "nonsense", "metadata.team", "*"])(
    "%s is not one of them",
    async (path) => {
      const denial = await denialOf(updateKey(["tier", path], { tier: "pro" }));
      expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["update_mask"] });
      expect(await storedKey()).toMatchObject({ tier: "free" });
    },
  );

  const cleared: readonly (readonly [path: string, expected: object])[] = [
    ["scopes", { scopes: [] }],
    ["tier", { tier: "" }],
    ["rate_limits", { rateLimits: undefined }],
    ["metadata", { metadata: undefined }],
  ];
  test.each(cleared)("%s without a value is cleared", async (path, expected) => {
    const before = await storedKey();
    const after = await updateKey([path]);
    expect(after).toEqual({ ...before, ...expected, etag: after?.etag, updatedAt: after?.updatedAt });
    expect(await storedKey()).toEqual(after);
  });

  test("scopes that are cleared do not go back to the project's default", async () => {
    await updateKey(["scopes"]);
    expect((await storedKey())?.scopes).toEqual([]);
  });

  test("a name without a value is refused", async () => {
    expect(await denialOf(updateKey(["name"]))).toMatchObject({ code: "InvalidArgument", fields: ["name"] });
  });

  test.each(["expiration", "never_expires"])("%s without a value is refused", async (path) => {
    expect(await denialOf(updateKey([path]))).toMatchObject({ code: "InvalidArgument", fields: ["expiration"] });
    expect((await storedKey())?.expiration).toBeDefined();
  });

  test("never_expires changes the expiration", async () => {
    expect((await updateKey(["never_expires"], { neverExpires: true }))?.expiration).toBeUndefined();
    const back = await updateKey(["expiration"], { expiration: fromNow(dayMs) });
    expect(back?.expiration).toBeDefined();
  });

  test("never_expires in the mask does not read the expiration", async () => {
    const denial = await denialOf(updateKey(["never_expires"], { expiration: fromNow(2 * dayMs) }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["expiration"] });
  });
});

describe("a mask names the fields of a project to change:", () => {
  test("the others stay, set or not, and bad or not", async () => {
    const before = await storedProject();
    const others = { name: "p", keyPrefix: "no", defaultScopes: ["a::b"], maxKeysPerOwner: 4_000_000 };
    const after = await updateProject(["default_tier"], { defaultTier: "pro", ...others });
    expect(after).toEqual({ ...before, defaultTier: "pro", etag: after?.etag, updatedAt: after?.updatedAt });
  });

  test.each(["id", "project_id", "created_at", "nonsense"])("%s is not one of them", async (path) => {
    const denial = await denialOf(updateProject(["default_tier", path], { defaultTier: "pro" }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["update_mask"] });
    expect(await storedProject()).toMatchObject({ defaultTier: "free" });
  });

  const reset: readonly (readonly [path: string, expected: object])[] = [
    ["key_prefix", { keyPrefix: "sk-" }],
    ["max_keys_per_owner", { maxKeysPerOwner: 5 }],
    ["allow_never_expires", { allowNeverExpires: false }],
    ["default_scopes", { defaultScopes: [] }],
    ["default_tier", { defaultTier: "" }],
  ];
  test.each(reset)("%s without a value goes back to its default", async (path, expected) => {
    const before = await storedProject();
    const after = await updateProject([path]);
    expect(after).toEqual({ ...before, ...expected, etag: after?.etag, updatedAt: after?.updatedAt });
    expect(await storedProject()).toEqual(after);
  });

  test("a name without a value is refused", async () => {
    expect(await denialOf(updateProject(["name"]))).toMatchObject({ code: "InvalidArgument", fields: ["name"] });
  });

  test("0 is a value: no cap", async () => {
    expect(await updateProject(["max_keys_per_owner"], { maxKeysPerOwner: 0 })).toMatchObject({ maxKeysPerOwner: 0 });
  });

  test("none at all is refused", async () => {
    const denial = await denialOf(altalune.clients.projects.updateProject({ projectId }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["update_mask"] });
  });
});

test("a mask that names a field again and again names it once, and holds nobody up", async () => {
  const { apiKeys } = altalune.clients;
  const { apiKey } = await apiKeys.updateApiKey(
    { projectId, apiKeyId, name: "renamed", updateMask: { paths: Array<string>(4_000).fill("name") } },
    { timeoutMs: 5_000 },
  );
  expect(apiKey).toMatchObject({ name: "renamed", tier: "free" });
});
