import { describe, expect } from "vitest";
import { newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { exchange } from "../server/raw.js";
import { rest } from "./client.js";

const missing = "2".repeat(14);

describe("a refusal", () => {
  test("is a problem with the reason, the request's id, and the fields", async ({ instance }) => {
    const headers = { "x-request-id": "req-1" };
    const {
      status,
      headers: answered,
      body,
    } = await rest(instance, "POST /v1/projects", { body: { name: "" }, headers });
    expect(status).toBe(400);
    expect(answered.get("content-type")).toBe("application/problem+json");
    expect(body).toEqual({
      type: "about:blank",
      title: "Bad Request",
      status: 400,
      detail: expect.stringContaining("name: "),
      instance: "req-1",
      reason: "INVALID_ARGUMENT",
      errors: expect.arrayContaining([{ field: "name", rule: expect.any(String), message: expect.any(String) }]),
    });
  });

  test.for([
    ["without a root key", null, 401, "ROOT_KEY_INVALID"],
    ["with one that is none", "alt_root_made_up", 401, "ROOT_KEY_INVALID"],
  ] as const)("%s is a 401 that says how to authenticate", async ([, rootKey, status, reason], { instance }) => {
    const answer = await rest(instance, "GET /v1/projects", { rootKey });
    expect(answer).toMatchObject({ status, body: { reason } });
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="altalune"');
  });

  test("of what is not there, of a name that is taken and of a full cap have each their status", async ({
    instance,
  }) => {
    const projectId = await newProject(instance.clients, { maxKeysPerOwner: 1 });
    const { id } = await newApiKey(instance.clients, projectId);
    const keys = `POST /v1/projects/${projectId}/api_keys`;
    const body = { name: uniqueName("key"), expiration: "2027-06-01T00:00:00Z", ownerId: "u1" };
    expect(await rest(instance, `GET /v1/projects/${missing}`)).toMatchObject({
      status: 404,
      body: { reason: "PROJECT_NOT_FOUND" },
    });
    expect(await rest(instance, `GET /v1/projects/${projectId}/api_keys/${missing}`)).toMatchObject({ status: 404 });
    expect(await rest(instance, keys, { body })).toMatchObject({ status: 201 });
    const unowned = { body: { ...body, ownerId: "", name: uniqueName("key") } };
    expect(await rest(instance, keys, unowned)).toMatchObject({ status: 201 });
    expect(await rest(instance, keys, unowned)).toMatchObject({ status: 409, body: { reason: "API_KEY_NAME_TAKEN" } });
    expect(await rest(instance, keys, { body: { ...body, name: uniqueName("key") } })).toMatchObject({
      status: 400,
      body: { reason: "API_KEY_LIMIT_REACHED" },
    });
    await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason: 1 });
    expect(await rest(instance, `POST /v1/projects/${projectId}/api_keys/${id}:rotate`)).toMatchObject({ status: 400 });
  });

  test.for([
    ["/v1/", 404],
    ["/v1/nothing", 404],
    ["/v1/projects/", 404],
    [`/v1/projects/${missing}/api_keys/${missing}:frobnicate`, 404],
    [`/v1/projects/..;/${missing}`, 404],
    [`/v1/projects/${missing}%2Fapi_keys`, 404],
    [`/v1/projects/%zz`, 404],
    [`/v1//projects`, 404],
    [`/V1/projects`, 404],
    [`/v1/projects/${"a".repeat(4_000)}`, 404],
  ] as const)("of %s is a 404", async ([path, status], { instance }) => {
    const { port } = new URL(instance.url);
    const request = `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${instance.rootKey}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
    const answer = String(await exchange(Number(port), [request]));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toMatch(/<html|at .*\.js/i);
  });

  test("of a method that a path does not take is a 405 that says which it takes", async ({ instance }) => {
    const answer = await rest(instance, `PUT /v1/projects/${missing}`, { body: {} });
    expect(answer).toMatchObject({ status: 405, body: { reason: "METHOD_NOT_ALLOWED" } });
    expect(answer.headers.get("allow")).toBe("GET, PATCH, DELETE, HEAD, OPTIONS");
    const options = await rest(instance, "OPTIONS /v1/api_keys:verify");
    expect([options.status, options.headers.get("allow")]).toEqual([200, "POST, OPTIONS"]);
  });

  test.for([
    ["of another type", { "content-type": "text/plain" }],
    ["of a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["in another charset", { "content-type": "application/json; charset=latin1" }],
    ["that is compressed", { "content-type": "application/json", "content-encoding": "gzip" }],
  ] as const)("of a body %s is a 415", async ([, headers], { instance }) => {
    expect(await rest(instance, "POST /v1/projects", { body: "{}", headers })).toMatchObject({ status: 415 });
  });

  test("of a body where none is read is a 400, and nothing is done", async ({ instance }) => {
    const projectId = await newProject(instance.clients);
    const answer = await rest(instance, `DELETE /v1/projects/${projectId}`, { body: { etag: "another" } });
    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining("body") } });
    expect((await rest(instance, `GET /v1/projects/${projectId}`)).status).toBe(200);
  });

  test("of a body that is too large is a 413", async ({ instance }) => {
    const body = { name: "a".repeat(200_000) };
    expect(await rest(instance, "POST /v1/projects", { body })).toMatchObject({
      status: 413,
      body: { reason: "REQUEST_TOO_LARGE" },
    });
  });

  test.for([
    ["[]", "must be a JSON object"],
    ["{", "must be JSON"],
    ['{"name":"a","name":"b"}', "twice"],
    ['{"nmae":"a"}', 'no field "nmae"'],
    ["\u0000", "must be JSON"],
  ] as const)("of the body %j says what is wrong with it", async ([body, sentence], { instance }) => {
    const answer = await rest(instance, "POST /v1/projects", { body });
    expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining(sentence) } });
  });

  test("of a body that says again what the path says names the field", async ({ instance }) => {
    const projectId = await newProject(instance.clients);
    const other = await newProject(instance.clients);
    for (const body of [`{"projectId":"${other}","name":"x"}`, `{"project_id":"${other}","name":"x"}`]) {
      const answer = await rest(instance, `PATCH /v1/projects/${projectId}`, { body });
      expect(answer.status).toBe(400);
      expect(answer.body.detail).toMatch(/twice|once/);
    }
    expect((await instance.clients.projects.getProject({ projectId: other })).project?.name).not.toBe("x");
  });

  test.for([
    ["GET /v1/projects?pagesize=3", 400, "filters"],
    ["GET /v1/projects?page_size=3&page_size=4", 400, "page_size"],
    ["GET /v1/projects?page_size=3&pageSize=4", 400, "pageSize"],
    ["GET /v1/projects?page_size=0x10", 400, "page_size"],
    ["GET /v1/projects?page_size=5000", 400, "page_size"],
    ["GET /v1/projects?sort=nothing", 400, "sort"],
    ["GET /v1/projects?__proto__=1", 400, "filters"],
    ["GET /v1/projects?constructor=1", 400, "filters"],
    ["GET /v1/projects?page_token=x", 400, "page_token"],
    [`GET /v1/projects/${missing}?verbose=1`, 400, "verbose"],
    ["POST /v1/projects?name=x", 400, "name"],
    [`GET /v1/projects?keyword=${"k".repeat(300)}`, 400, "keyword"],
  ] as const)("%s names the parameter", async ([line, status, field], { instance }) => {
    const answer = await rest(instance, line, line.startsWith("POST") ? { body: {} } : {});
    expect(answer).toMatchObject({ status, body: { errors: [{ field, rule: expect.stringMatching(/./) }] } });
  });

  test.for(["Idempotency-Key", "If-Match"])(
    "of the header %s, where it is not heeded, names it",
    async (name, { instance }) => {
      const answer = await rest(instance, "GET /v1/projects", { headers: { [name]: '"x"' } });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: name.toLowerCase() }] } });
    },
  );

  test("never repeats what a path, a query or a body held", async ({ instance }) => {
    const secret = "sk-9f8e7d6c5b4a39281706f5e4d3c2b1a0";
    for (const line of [
      `GET /v1/projects/${secret}`,
      `GET /v1/${secret}`,
      `GET /v1/projects?${secret}=1`,
      `GET /v1/projects?page_token=${secret}`,
      `POST /v1/api_keys:verify?key=${secret}`,
    ]) {
      const { body } = await rest(instance, line, line.startsWith("POST") ? { body: {} } : {});
      expect(JSON.stringify(body)).not.toContain(secret);
    }
    const { body } = await rest(instance, "POST /v1/projects", { body: { [secret]: secret } });
    expect(JSON.stringify(body)).not.toContain(secret);
    expect(instance.logLines.filter((line) => line.includes(secret))).toEqual([]);
  });
});

test("HEAD answers as GET does, without a body", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const [head, get] = [
    await rest(instance, `HEAD /v1/projects/${projectId}`),
    await rest(instance, `GET /v1/projects/${projectId}`),
  ];
  expect([head.status, head.body]).toEqual([200, undefined]);
  expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
});
