import { expect } from "vitest";
import { newApiKey, newProject, newUser, uniqueName } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { rest } from "./client.js";

test("a creation that is sent again with its Idempotency-Key is done once, and another under it is a 422", async ({
  instance,
}) => {
  const projectId = await newProject(instance.clients);
  const create = (name: string, key: string) =>
    rest(instance, `POST /v1/projects/${projectId}/api_keys`, {
      body: { name, expiration: "2027-11-01T00:00:00Z" },
      headers: { "idempotency-key": key },
    });
  const name = uniqueName("key");
  const [first, again] = [await create(name, "a"), await create(name, "a")];
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.body).toMatchObject({ apiKey: { id: first.body.apiKey.id }, keyValue: "" });
  expect(again.headers.get("location")).toBe(first.headers.get("location"));
  expect(await create(uniqueName("key"), "a")).toMatchObject({ status: 422, body: { reason: "REQUEST_ID_REUSED" } });
  expect(await create(name, "é")).toMatchObject({ status: 400, body: { errors: [{ field: "idempotency-key" }] } });
  for (const key of ["a".repeat(65), "", " "]) {
    expect(await create(name, key)).toMatchObject({ status: 400, body: { errors: [{ field: "idempotency-key" }] } });
  }
  expect((await create(uniqueName("key"), "*")).status).toBe(201);
  expect((await create(uniqueName("key"), "*")).status).toBe(422);
});

test("of two changes that read the same ETag one wins, and the other is a 412", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId);
  const path = `/v1/projects/${projectId}/api_keys/${id}`;
  const etag = (await rest(instance, `GET ${path}`)).headers.get("etag") ?? "";
  expect(etag).toMatch(/^"[^"]+"$/);
  const rename = (ifMatch: string) =>
    rest(instance, `PATCH ${path}`, { body: { name: uniqueName("key") }, headers: { "if-match": ifMatch } });
  const answers = await Promise.all([rename(etag), rename(etag)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  expect(answers.find(({ status }) => status === 412)?.body.reason).toBe("ETAG_MISMATCH");
  const next = answers.find(({ status }) => status === 200)?.headers.get("etag") ?? "";
  expect(next).not.toBe(etag);
  expect((await rename("*")).status).toBe(200);
  expect((await rest(instance, `DELETE ${path}`, { headers: { "if-match": next } })).status).toBe(412);
  expect((await rest(instance, `GET ${path}`)).status).toBe(200);
});

test("a tier and a user come with their ETag, and are changed and deleted by it", async ({ instance }) => {
  const tier = `/v1/tiers/${uniqueName("tier").replace(" ", "-")}`;
  const user = `/v1/users/${await newUser(instance.clients)}`;
  for (const [line, path, body] of [
    [`PUT ${tier}`, tier, { rateLimits: { perDay: 5 } }],
    [`PATCH ${user}`, user, { displayName: "Grace" }],
  ] as const) {
    const read = (await rest(instance, line, { body })).headers.get("etag") ?? "";
    expect(read).toMatch(/^"[^"]+"$/);
    const change = () => rest(instance, line, { body, headers: { "if-match": read } });
    const [done, refused] = [await change(), await change()];
    expect([done.status, refused.status, refused.body.reason]).toEqual([200, 412, "ETAG_MISMATCH"]);
    const end = (etag: string) => rest(instance, `DELETE ${path}`, { headers: { "if-match": etag } });
    expect((await end(read)).status).toBe(412);
    expect((await end(done.headers.get("etag") ?? "")).status).toBe(200);
  }
});

test.for(['W/"a"', '"a", "b"', "a", '""', '"*"'])(
  "If-Match: %s is a 400 that names the header",
  async (ifMatch, { instance }) => {
    const projectId = await newProject(instance.clients);
    const headers = { "if-match": ifMatch };
    const answer = await rest(instance, `PATCH /v1/projects/${projectId}`, { body: { name: "x" }, headers });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "if-match" }] } });
  },
);

test("an If-Match and another etag in the query are not taken for one", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const answer = await rest(instance, `DELETE /v1/projects/${projectId}?etag=a`, { headers: { "if-match": '"b"' } });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: "if-match", rule: "parameter" }] } });
  expect((await rest(instance, `GET /v1/projects/${projectId}`)).status).toBe(200);
});
