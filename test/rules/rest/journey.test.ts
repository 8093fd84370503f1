import { expect } from "vitest";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { rest } from "./client.js";

test("a project, its keys and their verdicts, by routes alone", async ({ instance }) => {
  const call = (line: string, body?: unknown) => rest(instance, line, { body });
  const project = await call("POST /v1/projects", { name: `shop ${Math.random()}`, keyPrefix: "shop-" });
  expect(project.status).toBe(201);
  const { id } = project.body.project;
  expect(project.headers.get("location")).toBe(`/v1/projects/${id}`);
  expect((await call(`GET /v1/projects/${id}`)).body.project).toEqual(project.body.project);

  const keys = `/v1/projects/${id}/api_keys`;
  const made = await call(`POST ${keys}`, {
    name: "first",
    neverExpires: false,
    expiration: "2027-11-26T00:00:00Z",
    owner_id: "u1",
  });
  expect(made.status).toBe(201);
  const key = `${keys}/${made.body.apiKey.id}`;
  expect(made.headers.get("location")).toBe(key);
  const verify = async (value: string) => (await call("POST /v1/api_keys:verify", { key: value, projectId: id })).body;
  expect(await verify(made.body.keyValue)).toMatchObject({
    valid: true,
    code: "VERIFICATION_CODE_VALID",
    ownerId: "u1",
  });

  const patched = await call(`PATCH ${key}`, { name: "renamed", scopes: ["orders:read"] });
  expect(patched).toMatchObject({ status: 200, body: { apiKey: { name: "renamed", scopes: ["orders:read"] } } });
  expect((await call(`GET ${keys}?owner_id=u1&page_size=10&sort=-created_at`)).body.data).toMatchObject([
    patched.body.apiKey,
  ]);
  expect((await call(`GET ${keys}?owner_id=u2`)).body.data).toEqual([]);

  const rotated = await call(`POST ${key}:rotate`, { gracePeriod: "60s" });
  expect(rotated.status).toBe(200);
  expect((await verify(made.body.keyValue)).valid).toBe(true);
  expect((await call(`POST ${key}:deactivate`)).status).toBe(200);
  expect((await verify(rotated.body.keyValue)).code).toBe("VERIFICATION_CODE_DISABLED");
  expect((await call(`POST ${key}:activate`, {})).status).toBe(200);
  expect((await call(`POST ${key}:rotateSigningSecret`)).body.signingSecret).toMatch(/^sign_/);
  expect((await call(`POST ${key}:revoke`, { reason: "REVOCATION_REASON_KEY_COMPROMISED" })).status).toBe(200);
  expect((await verify(rotated.body.keyValue)).code).toBe("VERIFICATION_CODE_REVOKED");
  expect((await call("POST /v1/api_keys:find", { apiKeyId: made.body.apiKey.id })).body.data).toHaveLength(1);
  expect(
    (await call("POST /v1/api_keys:batchVerify", { requests: [{ key: rotated.body.keyValue }] })).body.responses,
  ).toHaveLength(1);

  const usage = new URLSearchParams({ start_time: iso(-dayMs), end_time: iso(dayMs), granularity: "GRANULARITY_HOUR" });
  expect((await call(`GET /v1/projects/${id}/usage?${usage}`)).status).toBe(200);
  expect((await call(`GET /v1/projects/${id}/audit_events?action=api_key.revoked`)).body.data).toHaveLength(1);
  expect((await call(`POST /v1/projects/${id}/audit_events:verify`)).body).toMatchObject({ intact: true });
  expect((await call("POST /v1/audit_events:verify", {})).body).toMatchObject({ intact: true });
  expect((await call("GET /v1/audit_events?page_size=1")).body.data).toHaveLength(1);

  const tier = `rest-${id}`;
  const limits = { rateLimits: { perMinute: 5 } };
  expect((await call(`PUT /v1/tiers/${tier}`, limits)).body.tier).toMatchObject({ name: tier, ...limits });
  expect((await call(`GET /v1/tiers?keyword=${tier}`)).body.data).toHaveLength(1);
  expect((await call(`DELETE /v1/tiers/${tier}`)).status).toBe(200);
  expect((await call(`DELETE ${key}`)).status).toBe(200);
  expect((await call(`GET ${key}`)).status).toBe(404);
  expect((await call(`DELETE /v1/projects/${id}`)).status).toBe(200);
});

function iso(ms: number): string {
  return new Date(Number(fromNow(ms).seconds) * 1000).toISOString();
}

test("a verification that is answered from memory says what the first has said", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId, { scopes: ["orders:read"], ownerId: "u1" });
  const verify = (body: object, headers = {}) => rest(instance, "POST /v1/api_keys:verify", { body, headers });
  const first = await verify({ key: value, projectId });
  for (let i = 0; i < 3; i++) {
    expect((await verify({ key: value, projectId })).body).toEqual(first.body);
  }
  expect(await verify({ key: value, cost: -1 })).toMatchObject({ status: 400, body: { errors: [{ field: "cost" }] } });
  expect(await verify({ key: value }, { "idempotency-key": "a" })).toMatchObject({ status: 400 });
  expect((await rest(instance, "POST /v1/api_keys:verify", { body: { key: value }, rootKey: "none" })).status).toBe(
    401,
  );
});
