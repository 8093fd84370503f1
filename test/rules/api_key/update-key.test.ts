import { beforeEach, describe, expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";

type Update = Parameters<Clients["apiKeys"]["updateApiKey"]>[0];

const longestLife = 730 * dayMs;
const original = {
  name: "original",
  ownerId: "alice",
  scopes: ["orders:read"],
  tier: "free",
  rateLimits: { perMinute: 1, perDay: 2 },
  metadata: { team: "shop" },
};

let altalune: TestInstance;
let projectId: string;
let apiKeyId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients);
  apiKeyId = (await newApiKey(altalune.clients, projectId, original)).id;
});

function update(changes: Update) {
  return altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId, ...changes });
}

async function stored() {
  return (await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId })).apiKey;
}

const refused: readonly (readonly [what: string, field: string, changes: () => Update])[] = [
  ["a name of 1 character", "name", () => ({ name: "a" })],
  ["a name of 51 characters", "name", () => ({ name: "a".repeat(51) })],
  ["a dot in the name", "name", () => ({ name: "a.b" })],
  ["an expiration in the past", "expiration", () => ({ expiration: fromNow(-1000) })],
  ["a life of 730 days and a second", "expiration", () => ({ expiration: fromNow(longestLife + 1000) })],
  ["65 scopes", "scopes", () => ({ scopes: Array.from({ length: 65 }, (_, i) => `s${i}`) })],
  ["a scope of 101 characters", "scopes", () => ({ scopes: ["s".repeat(101)] })],
  ["a scope of empty segments", "scopes", () => ({ scopes: ["a::b"] })],
  ["an empty scope", "scopes", () => ({ scopes: [""] })],
  ["one scope twice", "scopes", () => ({ scopes: ["a", "a"] })],
  ["a tier name of 33 characters", "tier", () => ({ tier: "t".repeat(33) })],
  ["8193 bytes of metadata", "metadata", () => ({ metadata: { note: "x".repeat(8193 - '{"note":""}'.length) } })],
];

describe("an update is refused, and changes nothing, with", () => {
  test.each(refused)("%s", async (_what, field, changes) => {
    const before = await stored();
    expect(await denialOf(update(changes()))).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
    expect(await stored()).toEqual(before);
    expect(await actionsOf(altalune.clients, projectId, apiKeyId)).toEqual(["api_key.created"]);
  });

  test("both expiration and never_expires", async () => {
    await altalune.clients.projects.updateProject({ projectId, allowNeverExpires: true });
    const denial = await denialOf(update({ expiration: fromNow(dayMs), neverExpires: true }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: [""] });
  });

  test("never_expires where the project does not allow it", async () => {
    const denial = await denialOf(update({ neverExpires: true }));
    expect(denial).toMatchObject({ code: "FailedPrecondition", reason: "NEVER_EXPIRES_NOT_ALLOWED" });
    expect((await stored())?.expiration).toBeDefined();
  });

  test("a tier that is not there", async () => {
    expect(await denialOf(update({ tier: "platinum" }))).toMatchObject({ code: "NotFound", reason: "TIER_NOT_FOUND" });
    expect((await stored())?.tier).toBe("free");
  });

  test("nothing to change", async () => {
    expect(await denialOf(update({}))).toMatchObject({ code: "InvalidArgument", fields: ["update_mask"] });
    const empty = await denialOf(update({ updateMask: { paths: [] } }));
    expect(empty).toMatchObject({ code: "InvalidArgument", fields: ["update_mask"] });
  });
});

describe("an update without a mask changes the fields that are set and no other:", () => {
  const accepted: readonly (readonly [what: string, changes: () => Update])[] = [
    ["a name of 2 characters", () => ({ name: "ab" })],
    ["a name of 50 characters", () => ({ name: "a".repeat(50) })],
    ["an expiration in 730 days less a minute", () => ({ expiration: fromNow(longestLife - 60_000) })],
    ["64 scopes", () => ({ scopes: Array.from({ length: 64 }, (_, i) => `s${i}`) })],
    ["a tier", () => ({ tier: "pro" })],
    ["8192 bytes of metadata", () => ({ metadata: { note: "x".repeat(8192 - '{"note":""}'.length) } })],
    ["empty metadata", () => ({ metadata: {} })],
    ["two fields", () => ({ name: "renamed", tier: "enterprise" })],
  ];

  test.each(accepted)("%s", async (_what, changes) => {
    const before = await stored();
    const wanted = changes();
    const { apiKey } = await update(wanted);
    const expected = { ...before, ...wanted, etag: apiKey?.etag, updatedAt: apiKey?.updatedAt };
    expect({ ...apiKey, expiration: Number(apiKey?.expiration?.seconds) }).toEqual({
      ...expected,
      expiration: Number(expected.expiration?.seconds),
    });
    expect(await stored()).toEqual(apiKey);
    expect(await actionsOf(altalune.clients, projectId, apiKeyId)).toEqual(["api_key.created", "api_key.updated"]);
  });

  test("limits, of which both take the place of the old ones", async () => {
    const { apiKey } = await update({ rateLimits: { perDay: 0 } });
    expect(apiKey?.rateLimits?.perMinute).toBeUndefined();
    expect(apiKey?.rateLimits?.perDay).toBe(0);
    expect(apiKey).toMatchObject({ name: "original", tier: "free" });
  });

  test("never_expires, where the project allows it", async () => {
    await altalune.clients.projects.updateProject({ projectId, allowNeverExpires: true });
    expect((await update({ neverExpires: true })).apiKey?.expiration).toBeUndefined();
  });
});

test("a key that never expires stays so when the project no longer allows it", async () => {
  await altalune.clients.projects.updateProject({ projectId, allowNeverExpires: true });
  await update({ neverExpires: true });
  await altalune.clients.projects.updateProject({ projectId, allowNeverExpires: false });
  const { apiKey } = await update({ name: "renamed" });
  expect(apiKey).toMatchObject({ name: "renamed" });
  expect(apiKey?.expiration).toBeUndefined();
});
