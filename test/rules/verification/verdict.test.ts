import { describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { expireKey } from "../../support/expire.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { verdictOf } from "../../support/verdict.js";

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients, { maxKeysPerOwner: 0, allowNeverExpires: true });
});

const settings = {
  ownerId: "alice",
  scopes: ["orders:read", "items:*"],
  tier: "enterprise",
  metadata: { plan: "gold" },
  rateLimits: { perDay: 1 },
};

type Key = Awaited<ReturnType<typeof newApiKey>>;
/** How a fresh key is brought to each verdict: what becomes of it first, and what is asked for. */
const ways: readonly (readonly [
  code: keyof typeof VerificationCode,
  prepare: (key: Key) => Promise<unknown>,
  requiredScopes: string[],
])[] = [
  ["VALID", async () => undefined, []],
  ["INSUFFICIENT_SCOPE", async () => undefined, ["users:read"]],
  ["RATE_LIMITED", ({ value }) => verdictOf(altalune.clients, value), []],
  ["EXPIRED", ({ id }) => expireKey(altalune.db, id), []],
  ["DISABLED", ({ id }) => altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: id }), []],
  [
    "REVOKED",
    ({ id }) => altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.OWNER_LEFT }),
    [],
  ],
];

describe("a verdict of", () => {
  test.each(ways)("%s tells whose key it is and what it may do", async (code, prepare, requiredScopes) => {
    const key = await newApiKey(altalune.clients, projectId, settings);
    await prepare(key);
    const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id });
    expect(await verdictOf(altalune.clients, key.value, { requiredScopes })).toMatchObject({
      valid: code === "VALID",
      code: VerificationCode[code],
      projectId,
      apiKeyId: key.id,
      name: apiKey?.name,
      ownerId: "alice",
      scopes: settings.scopes,
      tier: "enterprise",
      metadata: settings.metadata,
      expiration: apiKey?.expiration,
    });
  });

  test("NOT_FOUND tells nothing", async () => {
    const { $typeName, ...verdict } = await verdictOf(altalune.clients, "sk-unknown");
    expect(verdict).toEqual({
      valid: false,
      code: VerificationCode.NOT_FOUND,
      projectId: "",
      apiKeyId: "",
      name: "",
      ownerId: "",
      scopes: [],
      tier: "",
      missingScopes: [],
      rateLimits: [],
    });
  });

  test("VALID leaves unset what the key does not have", async () => {
    const key = await newApiKey(altalune.clients, projectId, { neverExpires: true });
    const verdict = await verdictOf(altalune.clients, key.value);
    expect(verdict).toMatchObject({ ownerId: "", scopes: [], tier: "", rateLimits: [], missingScopes: [] });
    expect([verdict.expiration, verdict.metadata, verdict.retryAfter]).toEqual([undefined, undefined, undefined]);
  });

  test("VALID follows what is changed about the key", async () => {
    const key = await newApiKey(altalune.clients, projectId, settings);
    const changed = { name: "renamed", scopes: ["users:*"], tier: "free", metadata: {} };
    const { apiKey } = await altalune.clients.apiKeys.updateApiKey({
      projectId,
      apiKeyId: key.id,
      ...changed,
      expiration: fromNow(9 * dayMs),
    });
    const verdict = await verdictOf(altalune.clients, key.value, { requiredScopes: ["users:read"] });
    expect(verdict).toMatchObject({ valid: true, ...changed, expiration: apiKey?.expiration });
  });
});

const metadata: readonly (readonly [what: string, metadata: Record<string, never> | object])[] = [
  ["nothing in it", {}],
  ["null", { nothing: null, list: [null] }],
  ["nesting", { a: { b: { c: [1, [2, { d: true }], []], e: {} } } }],
  ["unicode", { "ключ 🔑": "Grüße, 世界, ‮rtl‬, \u0001", "": "empty name" }],
  [
    "numbers",
    { zero: 0, half: 0.5, large: 1.7976931348623157e308, small: 5e-324, safe: 9007199254740991, minus: -1.25 },
  ],
  ["text that looks like markup or SQL", { text: `<b>"it's"</b>\\n'; drop table x; --` }],
  ["names that JavaScript knows", { constructor: "c", toString: "t", hasOwnProperty: false }],
];

test.each(metadata)("metadata with %s comes back as it was given", async (_what, given) => {
  const stored = given as Record<string, string>;
  const key = await newApiKey(altalune.clients, projectId, { metadata: stored });
  const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id });
  expect(apiKey?.metadata).toEqual(given);
  expect((await verdictOf(altalune.clients, key.value)).metadata).toEqual(given);
});
