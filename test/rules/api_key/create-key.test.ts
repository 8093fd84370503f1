import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newProject, uniqueName } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";

type NewKey = Parameters<Clients["apiKeys"]["createApiKey"]>[0];

const longestLife = 730 * dayMs;
const minute = 60_000;

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients, { allowNeverExpires: true, maxKeysPerOwner: 0 });
});

function create(settings: NewKey) {
  const good = { projectId, name: uniqueName("key"), expiration: fromNow(dayMs) };
  return altalune.clients.apiKeys.createApiKey({ ...good, ...settings });
}

describe("a new key is refused", () => {
  const cases: readonly (readonly [what: string, field: string, settings: () => NewKey])[] = [
    ["without a name", "name", () => ({ name: "" })],
    ["with a name of 1 character", "name", () => ({ name: "a" })],
    ["with a name of 51 characters", "name", () => ({ name: "a".repeat(51) })],
    ["with a dot in its name", "name", () => ({ name: "a.b" })],
    ["with an accent in its name", "name", () => ({ name: "clé" })],
    ["with a line break at the end of its name", "name", () => ({ name: "name\n" })],
    ["with a tab in its name", "name", () => ({ name: "a\tb" })],
    ["that has expired", "expiration", () => ({ expiration: fromNow(-1000) })],
    ["that lives for 730 days and a second", "expiration", () => ({ expiration: fromNow(longestLife + 1000) })],
    ["with neither expiration nor never_expires", "", () => ({ expiration: undefined })],
    ["with both expiration and never_expires", "", () => ({ neverExpires: true })],
    ["for an owner of 129 characters", "owner_id", () => ({ ownerId: "o".repeat(129) })],
    ["with 65 scopes", "scopes", () => ({ scopes: manyScopes(65) })],
    ["with a scope of 101 characters", "scopes", () => ({ scopes: ["s".repeat(101)] })],
    ["with one scope twice", "scopes", () => ({ scopes: ["read", "read"] })],
    ...["", "a::b", ":a", "a:", "a b", "a/b", "**", "a*", "*a:b", "a:b*", "é", "a\n"].map(
      (scope) => [`with the scope ${JSON.stringify(scope)}`, "scopes", () => ({ scopes: ["fine", scope] })] as const,
    ),
    ["with a tier name of 33 characters", "tier", () => ({ tier: "t".repeat(33) })],
    ["with capitals in its tier name", "tier", () => ({ tier: "Free" })],
    ["with 8193 bytes of metadata", "metadata", () => ({ metadata: metadataOf(8193) })],
    ["with 8193 bytes of metadata in fewer characters", "metadata", () => ({ metadata: metadataOf(8193, "é") })],
  ];

  test.each(cases)("%s", async (_what, field, settings) => {
    const denial = await denialOf(create(settings()));
    expect(denial).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
  });

  test("with a tier that is not there", async () => {
    expect(await denialOf(create({ tier: "platinum" }))).toMatchObject({ code: "NotFound", reason: "TIER_NOT_FOUND" });
  });

  test("that never expires, where the project does not allow it", async () => {
    const strict = await newProject(altalune.clients);
    const denial = await denialOf(create({ projectId: strict, expiration: undefined, neverExpires: true }));
    expect(denial).toMatchObject({ code: "FailedPrecondition", reason: "NEVER_EXPIRES_NOT_ALLOWED" });
  });

  test("and each of the fields at fault is named", async () => {
    const { fields } = await denialOf(create({ name: "a", scopes: ["fine", ":a"], ownerId: "o".repeat(129) }));
    expect(fields.toSorted()).toEqual(["name", "owner_id", "scopes"]);
  });

  test("without a trace of it", async () => {
    const untouched = await newProject(altalune.clients);
    await denialOf(create({ projectId: untouched, name: "a" }));
    await denialOf(create({ projectId: untouched, tier: "platinum" }));
    await denialOf(create({ projectId: untouched, metadata: metadataOf(8193) }));
    expect((await altalune.clients.apiKeys.queryApiKeys({ projectId: untouched })).data).toEqual([]);
    const { data } = await altalune.clients.audit.queryAuditEvents({ projectId: untouched });
    expect(data.map(({ action }) => action)).toEqual(["project.created"]);
  });
});

describe("a new key is accepted", () => {
  const cases: readonly (readonly [what: string, settings: () => NewKey])[] = [
    ["with a name of 2 characters", () => ({ name: "ab" })],
    ["with a name of 50 characters", () => ({ name: "a".repeat(50) })],
    ["with letters, digits, spaces, - and _ in its name", () => ({ name: "Az 09_-" })],
    ["that lives for 730 days less a minute", () => ({ expiration: fromNow(longestLife - minute) })],
    ["that lives for a minute", () => ({ expiration: fromNow(minute) })],
    ["that never expires", () => ({ expiration: undefined, neverExpires: true })],
    ["for an owner of 128 characters", () => ({ ownerId: "ö".repeat(128) })],
    ["with 64 scopes", () => ({ scopes: manyScopes(64) })],
    ["with a scope of 100 characters", () => ({ scopes: ["s".repeat(100)] })],
    ["with a tier", () => ({ tier: "free" })],
    ["with the largest limits", () => ({ rateLimits: { perMinute: 4_294_967_295, perDay: 4_294_967_295 } })],
    ["with empty metadata", () => ({ metadata: {} })],
    ["with metadata of all kinds", () => ({ metadata: { zz: [1e21, 0.1, -5e-7, null], "": { b: true, a: "é\n" } } })],
    ["with a rotation policy", () => ({ rotationPolicy: { every: durationFromMs(dayMs) } })],
    ["with 8192 bytes of metadata", () => ({ metadata: metadataOf(8192) })],
    ["with 8192 bytes of metadata in fewer characters", () => ({ metadata: metadataOf(8192, "é") })],
  ];

  test.each(cases)("%s", async (_what, settings) => {
    const wanted = settings();
    const { apiKey } = await create(wanted);
    const stored = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: apiKey?.id ?? "" });
    const { neverExpires, expiration, ...rest } = wanted;
    expect(stored.apiKey).toEqual(apiKey);
    expect(stored.apiKey).toMatchObject(rest);
    expect(stored.apiKey?.expiration === undefined).toBe(neverExpires === true);
    expect(await actionsOf(altalune.clients, projectId, apiKey?.id)).toEqual(["api_key.created"]);
  });

  test.each(["contents", "read:validators", "orders:*", "*", "*:read", "a.b_c-D:9"])(
    "with the scope %s",
    async (scope) => {
      expect((await create({ scopes: [scope] })).apiKey?.scopes).toEqual([scope]);
    },
  );
});

describe("limits of a key's own", () => {
  test("are told apart: unset inherits, 0 is unlimited", async () => {
    const { apiKey } = await create({ rateLimits: { perMinute: 0 } });
    expect(apiKey?.rateLimits?.perMinute).toBe(0);
    expect(apiKey?.rateLimits?.perDay).toBeUndefined();
  });

  test("are unset for a key that has none", async () => {
    expect((await create({})).apiKey?.rateLimits).toBeUndefined();
    expect((await create({ rateLimits: {} })).apiKey?.rateLimits).toBeUndefined();
  });
});

function manyScopes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `scope:${i}`);
}

/** Metadata that is this many bytes as JSON. */
function metadataOf(bytes: number, character = "x") {
  const room = bytes - Buffer.byteLength(JSON.stringify({ note: "" }));
  const width = Buffer.byteLength(character);
  return { note: character.repeat(room / width) + "x".repeat(room % width) };
}
