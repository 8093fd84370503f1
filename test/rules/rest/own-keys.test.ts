import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect } from "vitest";
import { PortalPermission } from "../../../gen/altalune/v1/portal_pb.js";
import { dayMs, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";
import { type RestAnswer, rest } from "./client.js";

const ownerAccess = { ownerScopes: ["orders:*"], maxLifetime: durationFromMs(30 * dayMs) };
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const id = expect.stringMatching(/^[2-9a-z]{14}$/);
const prefix = expect.stringMatching(/^sk-[0-9A-Za-z]{5}$/);
const value = expect.stringMatching(/^sk-[0-9A-Za-z]{49}$/);
const nowhere = "2".repeat(14);

let altalune: TestInstance;
let projectId: string;
let alice: string;
let bob: string;
test.beforeEach(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients, { ownerAccess, defaultScopes: ["orders:read"], maxKeysPerOwner: 2 });
  alice = await newPortalToken(altalune, projectId, "alice");
  bob = await newPortalToken(altalune, projectId, "bob");
});

function as(token: string | null, line: string, body?: unknown): Promise<RestAnswer> {
  return rest(altalune, line, { rootKey: token, ...(body !== undefined && { body }) });
}

async function isGood(key: string): Promise<boolean> {
  return (await altalune.clients.verification.verifyApiKey({ key })).valid;
}

/** A refusal says it in the words of problems and in those of these routes. */
function refusal(status: number, reason: string, fields: object = {}) {
  const words = { error: expect.any(String), message: expect.any(String), detail: expect.any(String) };
  return { status, body: { status, reason, ...words, instance: expect.any(String), fields } };
}

describe("/users/me/apikeys", () => {
  const path = "/users/me/apikeys";

  test("makes a key, whose value is in the answer and nowhere else", async () => {
    const made = await as(alice, `POST ${path}`, { name: "Laptop" });
    expect(made.status).toBe(201);
    expect(made.headers.get("content-type")).toBe("application/json");
    expect(made.headers.get("location")).toBe(`${path}/${made.body.id}`);
    expect(made.body).toEqual({
      id,
      name: "Laptop",
      key_prefix: prefix,
      created_at: time,
      expires_at: time,
      last_used_at: null,
      plaintext_key: value,
    });
    expect(made.body.plaintext_key).toMatch(made.body.key_prefix);
    expect(await isGood(made.body.plaintext_key)).toBe(true);
    const listed = await as(alice, `GET ${path}`);
    const { plaintext_key: _shownOnce, ...shown } = made.body;
    expect([listed.status, listed.body]).toEqual([200, [shown]]);
  });

  test("makes up a name that is missing, with an empty object, nothing, or null", async () => {
    const first = await as(alice, `POST ${path}`, {});
    const second = await as(alice, `POST ${path}`);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body.name).toMatch(/^key [2-9a-z]{14}$/);
    expect((await as(bob, `POST ${path}`, { name: null })).status).toBe(201);
  });

  test("refuses one key too many", async () => {
    await as(alice, `POST ${path}`, {});
    await as(alice, `POST ${path}`, {});
    const refused = await as(alice, `POST ${path}`, {});
    expect(refused).toMatchObject(refusal(400, "API_KEY_LIMIT_REACHED"));
    expect(refused.body.error).toBe("API key limit reached");
    expect(refused.body.message).toMatch(/^API key limit reached: /);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
  });

  test("deletes a key, which is then gone and good for nothing", async () => {
    const { body } = await as(alice, `POST ${path}`, {});
    const deleted = await as(alice, `DELETE ${path}/${body.id}`);
    expect([deleted.status, deleted.body]).toEqual([204, undefined]);
    expect(await isGood(body.plaintext_key)).toBe(false);
    expect((await as(alice, `GET ${path}`)).body).toEqual([]);
    expect(await as(alice, `DELETE ${path}/${body.id}`)).toMatchObject(refusal(404, "API_KEY_NOT_FOUND"));
  });

  test("tells another owner's key from one that is not there", async () => {
    const { body } = await as(bob, `POST ${path}`, {});
    const others = await as(alice, `DELETE ${path}/${body.id}`);
    expect(others).toMatchObject(refusal(403, "API_KEY_OF_ANOTHER_OWNER"));
    expect(await isGood(body.plaintext_key)).toBe(true);
    for (const unknown of [nowhere, "x", "a%2fb", "..%2f"]) {
      expect(await as(alice, `DELETE ${path}/${unknown}`)).toMatchObject(refusal(404, "API_KEY_NOT_FOUND"));
    }
    const elsewhere = await newProject(altalune.clients);
    const { id: ofOtherProject } = await newApiKey(altalune.clients, elsewhere, { ownerId: "bob" });
    const notTold = await as(alice, `DELETE ${path}/${ofOtherProject}`);
    expect(notTold).toMatchObject(refusal(404, "API_KEY_NOT_FOUND"));
  });
});

describe("/api/keys", () => {
  const path = "/api/keys";
  const shown = {
    id,
    name: "CI",
    key_prefix: prefix,
    scopes: ["orders:read"],
    is_active: true,
    last_used_at: null,
    expires_at: time,
    created_at: time,
  };

  test("makes a key, and shows it without its value from then on", async () => {
    const made = await as(alice, `POST ${path}`, { name: "CI" });
    expect([made.status, made.body]).toEqual([201, { key: value, api_key: shown }]);
    const { api_key: apiKey, key } = made.body;
    expect(await isGood(key)).toBe(true);
    const one = await as(alice, `GET ${path}/${apiKey.id}`);
    expect([one.status, { ...one.body, last_used_at: null }]).toEqual([200, apiKey]);
    const all = await as(alice, `GET ${path}`);
    expect([all.status, all.body.map((item: object) => ({ ...item, last_used_at: null }))]).toEqual([200, [apiKey]]);
    await expect
      .poll(async () => (await as(alice, `GET ${path}/${apiKey.id}`)).body.last_used_at, { timeout: 10_000 })
      .toEqual(time);
  });

  test("takes scopes and an end, as far as owners may give them", async () => {
    const expiresAt = new Date(Date.now() + dayMs).toISOString();
    const made = await as(alice, `POST ${path}`, { name: "CI", scopes: ["orders:write"], expires_at: expiresAt });
    expect(made.body.api_key).toMatchObject({ scopes: ["orders:write"], expires_at: expiresAt });
    const late = new Date(Date.now() + 31 * dayMs).toISOString();
    for (const [body, field] of [
      [{ scopes: ["admin"] }, "scopes"],
      [{ scopes: "orders:read" }, "scopes"],
      [{ expires_at: late }, "expires_at"],
      [{ expires_at: "tomorrow" }, "expires_at"],
      [{ name: "x" }, "name"],
      [{ tier: "enterprise" }, "tier"],
      [{ owner_id: "bob" }, "owner_id"],
      [{ rate_limits: {} }, "rate_limits"],
    ] as const) {
      const refused = await as(alice, `POST ${path}`, body);
      expect(refused, field).toMatchObject({ status: 400, body: { fields: { [field]: expect.any(String) } } });
      expect(Object.keys(refused.body.fields)).toEqual([field]);
    }
  });

  test("revokes a key, which stays in the list", async () => {
    const { api_key: apiKey, key } = (await as(alice, `POST ${path}`, { name: "CI" })).body;
    expect((await as(alice, `DELETE ${path}/${apiKey.id}`)).status).toBe(204);
    expect(await isGood(key)).toBe(false);
    expect((await as(alice, `GET ${path}`)).body).toMatchObject([{ id: apiKey.id, is_active: false }]);
    expect((await as(alice, `DELETE ${path}/${apiKey.id}`)).status).toBe(204);
  });

  test("finds no key of another owner, and none that is not there", async () => {
    const { api_key: apiKey } = (await as(bob, `POST ${path}`, { name: "CI" })).body;
    for (const unknown of [apiKey.id, nowhere, "x"]) {
      expect(await as(alice, `GET ${path}/${unknown}`)).toMatchObject(refusal(404, "API_KEY_NOT_FOUND"));
      expect(await as(alice, `DELETE ${path}/${unknown}`)).toMatchObject(refusal(404, "API_KEY_NOT_FOUND"));
    }
    expect((await as(alice, `GET ${path}`)).body).toEqual([]);
  });

  test("refuses a name that is taken, and one key too many", async () => {
    await as(alice, `POST ${path}`, { name: "CI" });
    expect(await as(alice, `POST ${path}`, { name: "CI" })).toMatchObject(refusal(409, "API_KEY_NAME_TAKEN"));
    await as(alice, `POST ${path}`, { name: "other" });
    const refused = await as(alice, `POST ${path}`, { name: "third" });
    expect(refused).toMatchObject(refusal(400, "API_KEY_LIMIT_REACHED"));
  });

  test.for([
    ["", { name: "once" }],
    [" without a name", {}],
  ] as const)("makes one key of a request%s that is sent twice by an Idempotency-Key", async ([which, body]) => {
    const headers = { "idempotency-key": `a-1${which}` };
    const send = () => rest(altalune, `POST ${path}`, { rootKey: alice, body, headers });
    const [first, again] = [await send(), await send()];
    expect(again).toMatchObject({ status: 201, body: { key: null, api_key: { id: first.body.api_key.id } } });
  });
});

test.for([
  ["GET", "/users/me/apikeys"],
  ["POST", "/users/me/apikeys"],
  ["DELETE", `/users/me/apikeys/${nowhere}`],
  ["GET", "/api/keys"],
  ["POST", "/api/keys"],
  ["GET", `/api/keys/${nowhere}`],
  ["DELETE", `/api/keys/${nowhere}`],
] as const)("%s %s is closed to whoever is no owner of keys", async ([method, path]) => {
  const line = `${method} ${path}`;
  for (const credential of [null, "letmein", `alt_portal_${"x".repeat(49)}.${projectId}`]) {
    const refused = await as(credential, line);
    expect(refused).toMatchObject(refusal(401, "OWNER_CREDENTIAL_INVALID"));
    expect(refused.headers.get("www-authenticate")).toContain("Bearer");
  }
  expect(await as(altalune.rootKey, line)).toMatchObject(refusal(403, "PERMISSION_MISSING"));
});

test("a token that may only read makes and revokes nothing by these routes either", async () => {
  const reader = await newPortalToken(altalune, projectId, "alice", { permissions: [PortalPermission.READ] });
  const { body } = await as(alice, "POST /api/keys", {});
  expect((await as(reader, "GET /api/keys")).body).toHaveLength(1);
  for (const line of ["POST /api/keys", "POST /users/me/apikeys", `DELETE /api/keys/${body.api_key.id}`]) {
    expect(await as(reader, line)).toMatchObject(refusal(403, "PERMISSION_MISSING"));
  }
});

test("a list of more than a page goes on at the link that comes with it", async () => {
  await altalune.clients.projects.updateProject({ projectId, maxKeysPerOwner: 0 });
  for (let i = 0; i < 3; i++) {
    await as(alice, "POST /api/keys", { name: `key ${i}` });
  }
  const first = await as(alice, "GET /api/keys?page_size=2");
  expect(first.body).toHaveLength(2);
  const [, next = ""] = /^<(.+)>; rel="next"$/.exec(first.headers.get("link") ?? "") ?? [];
  const last = await as(alice, `GET ${next}`);
  expect(last.body.map(({ name }: { name: string }) => name)).toEqual(["key 0"]);
  expect(last.headers.get("link")).toBeNull();
});

test("other methods, bodies and kinds of text are refused as everywhere", async () => {
  expect((await as(alice, "PUT /api/keys", {})).status).toBe(405);
  expect((await as(alice, "GET /api/keys/a/b")).status).toBe(404);
  const asText = { rootKey: alice, body: "{}", headers: { "content-type": "text/plain" } };
  expect((await rest(altalune, "POST /api/keys", asText)).status).toBe(415);
  for (const body of ["[]", "{", '"x"', "null"]) {
    expect(await rest(altalune, "POST /api/keys", { rootKey: alice, body })).toMatchObject({ status: 400 });
  }
});
