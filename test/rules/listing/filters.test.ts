import { sql } from "kysely";
import { describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import type { RootKeyRequest } from "../../../src/domain/root_key/model.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newRootKey } from "../authority/root-keys.js";

type Filters = Readonly<Record<string, readonly string[]>>;

let altalune: TestInstance;
let projectId: string;
let prefixOfFirst: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  const { clients, db } = altalune;
  projectId = await newProject(clients, { allowNeverExpires: true });
  const neighbour = await newProject(clients);
  await newApiKey(clients, neighbour, { name: "live", ownerId: "alice", tier: "free", scopes: ["orders:read"] });

  const make = (name: string, settings: Parameters<typeof newApiKey>[2] = {}) =>
    newApiKey(clients, projectId, { name, ...settings });
  const live = await make("live", { ownerId: "alice", tier: "free", scopes: ["orders:read", "items:*"] });
  const off = await make("off", {
    ownerId: "alice",
    tier: "pro",
    scopes: ["orders:*"],
    expiration: fromNow(9 * dayMs),
  });
  const expired = await make("expired", { ownerId: "bob", tier: "free" });
  const revoked = await make("revoked", { ownerId: "bob", scopes: ["orders:read"] });
  await make("eternal", { ownerId: "", neverExpires: true });
  const all = await make("revoked off expired", { ownerId: "carol" });

  for (const { id } of [off, all]) {
    await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: id });
  }
  for (const { id } of [revoked, all]) {
    await clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: RevocationReason.SUPERSEDED });
  }
  await db
    .updateTable("altalune_project_api_keys")
    .set({ expires_at: sql`altalune_now() - interval '1 day'` })
    .where("public_id", "in", [expired.id, all.id])
    .execute();
  prefixOfFirst = live.value.slice(0, "sk-".length + 5);
});

async function query(filters: Filters, keyword = "") {
  const given = Object.fromEntries(Object.entries(filters).map(([name, values]) => [name, { values: [...values] }]));
  return altalune.clients.apiKeys.queryApiKeys({ projectId, query: { filters: given, keyword } });
}

async function namesOf(filters: Filters, keyword = ""): Promise<string[]> {
  return (await query(filters, keyword)).data.map(({ name }) => name).toSorted();
}

const everyName = ["eternal", "expired", "live", "off", "revoked", "revoked off expired"];

describe("the filter", () => {
  const cases: readonly (readonly [filter: string, values: readonly string[], names: readonly string[]])[] = [
    ["name", ["live"], ["live"]],
    ["name", ["live", "off", "unknown"], ["live", "off"]],
    ["name", ["Live", "liv", "%"], []],
    ["owner_id", ["alice"], ["live", "off"]],
    ["owner_id", ["alice", "carol"], ["live", "off", "revoked off expired"]],
    ["owner_id", [""], ["eternal"]],
    ["tier", ["free"], ["expired", "live"]],
    ["tier", ["free", "pro"], ["expired", "live", "off"]],
    ["tier", [""], ["eternal", "revoked", "revoked off expired"]],
    ["scope", ["orders:read"], ["live", "revoked"]],
    ["scope", ["orders:*"], ["off"]],
    ["scope", ["orders:*", "items:*"], ["live", "off"]],
    ["scope", ["items:read"], []],
    ["status", ["API_KEY_STATUS_ACTIVE"], ["eternal", "live"]],
    ["status", ["API_KEY_STATUS_DISABLED"], ["off"]],
    ["status", ["API_KEY_STATUS_EXPIRED"], ["expired"]],
    ["status", ["API_KEY_STATUS_REVOKED"], ["revoked", "revoked off expired"]],
    ["status", ["API_KEY_STATUS_EXPIRED", "API_KEY_STATUS_DISABLED"], ["expired", "off"]],
    ["expiring_within_days", ["0"], []],
    ["expiring_within_days", ["1"], ["live", "revoked"]],
    ["expiring_within_days", ["8"], ["live", "revoked"]],
    ["expiring_within_days", ["9"], ["live", "off", "revoked"]],
    ["expiring_within_days", ["36500"], ["live", "off", "revoked"]],
  ];
  test.each(cases)("%s of %j finds %j", async (filter, values, names) => {
    expect(await namesOf({ [filter]: values })).toEqual(names);
  });

  test("key_prefix finds a key by what may be shown of its value, to the letter", async () => {
    expect(await namesOf({ key_prefix: [prefixOfFirst] })).toEqual(["live"]);
    expect(await namesOf({ key_prefix: [prefixOfFirst.slice(0, -1)] })).toEqual([]);
  });

  test.each(["name", "key_prefix", "owner_id", "tier", "scope", "status", "expiring_within_days"])(
    "%s without a value is one that was not given",
    async (filter) => {
      expect(await namesOf({ [filter]: [] })).toEqual(everyName);
    },
  );
});

test("several filters find the keys that pass all of them", async () => {
  expect(await namesOf({ owner_id: ["alice", "bob"], tier: ["free"] })).toEqual(["expired", "live"]);
  expect(await namesOf({ owner_id: ["alice", "bob"], tier: ["free"], status: ["API_KEY_STATUS_ACTIVE"] })).toEqual([
    "live",
  ]);
  expect(await namesOf({ name: ["live"], tier: ["pro"] })).toEqual([]);
});

test("filters and a keyword find the keys that pass both", async () => {
  expect(await namesOf({ status: ["API_KEY_STATUS_REVOKED"] }, "off")).toEqual(["revoked off expired"]);
});

test("no filter finds every key of the project and none of another's", async () => {
  expect(await namesOf({})).toEqual(everyName);
});

test("a listing says which values its filters can take, also when it finds nothing", async () => {
  const { meta } = await query({ name: ["unknown"] });
  const values = Object.fromEntries(Object.entries(meta?.filters ?? {}).map(([name, each]) => [name, each.values]));
  expect(values).toEqual({
    status: ["ACTIVE", "DISABLED", "EXPIRED", "REVOKED"].map((status) => `API_KEY_STATUS_${status}`),
    // Other tests on this instance may have made more.
    tier: expect.arrayContaining(["enterprise", "free", "pro"]),
  });
});

test("a listing does not name the tiers to a caller who may not list them", async () => {
  const filtersFor = async (scopes: RootKeyRequest["scopes"]) => {
    const clients = altalune.clientsWith((await newRootKey(altalune, { scopes })).value);
    return Object.keys((await clients.apiKeys.queryApiKeys({ projectId })).meta?.filters ?? {}).toSorted();
  };
  expect(await filtersFor(["api_keys:read"])).toEqual(["status"]);
  expect(await filtersFor(["api_keys:read", "tiers:read"])).toEqual(["status", "tier"]);
  expect(await filtersFor(["*:read"])).toEqual(["status", "tier"]);
});

describe("a listing is refused", () => {
  const cases: readonly (readonly [what: string, filters: Filters])[] = [
    ["with an unknown filter", { colour: ["red"] }],
    ["with a filter named in camelCase", { ownerId: ["alice"] }],
    ["with a filter of no name", { "": ["alice"] }],
    ["with an unknown filter without a value", { colour: [] }],
    ["with the name of something that every JavaScript object has", { constructor: ["alice"] }],
    ["with a status in other words", { status: ["active"] }],
    ["with the status that is never sent", { status: ["API_KEY_STATUS_UNSPECIFIED"] }],
    ["with one unknown status among others", { status: ["API_KEY_STATUS_ACTIVE", "API_KEY_STATUS_LOST"] }],
    ...["", "-1", "1.5", "1e3", " 7", "seven", "36501", "99999999999"].map(
      (days) => [`with '${days}' days to expire in`, { expiring_within_days: [days] }] as const,
    ),
    ["with two numbers of days to expire in", { expiring_within_days: ["1", "2"] }],
  ];
  test.each(cases)("%s", async (_what, filters) => {
    expect(await denialOf(query(filters))).toMatchObject({
      code: "InvalidArgument",
      reason: "",
      fields: ["query.filters"],
    });
  });
});
