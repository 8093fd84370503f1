import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, newPerson, signIn } from "../sign_in/people.js";

let altalune: TestInstance;
let allowing: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  await newProject(altalune.clients);
  allowing = await newProject(altalune.clients, {
    maxKeysPerOwner: 2,
    ownerAccess: { allowUsers: true, ownerScopes: ["orders:read"] },
  });
});
afterAll(() => altalune.stop());

const newUser = () => newPerson(altalune, UserRole.VIEWER);
const refused = { status: 403, body: { reason: "USER_KEYS_NOT_ALLOWED" } };

test("a user who has signed in makes, lists and revokes keys of their own, and nobody else's", async () => {
  const [ada, bob] = [await newUser(), await newUser()];
  const { cookie } = await signIn(altalune, ada);
  const { cookie: ofBob } = await signIn(altalune, bob);
  const made = await ask(altalune, "POST /api/keys", { cookie, body: { name: "CI", scopes: ["orders:read"] } });
  expect(made).toMatchObject({ status: 201, body: { api_key: { name: "CI", is_active: true } } });
  const { valid, ownerId } = await altalune.clients.verification.verifyApiKey({ key: made.body.key });
  expect({ valid, ownerId }).toEqual({ valid: true, ownerId: ada.id });
  expect((await ask(altalune, "GET /api/keys", { cookie })).body).toMatchObject([{ name: "CI" }]);
  expect((await ask(altalune, "GET /users/me/apikeys", { cookie: ofBob })).body).toEqual([]);
  const path = `/api/keys/${made.body.api_key.id}`;
  expect((await ask(altalune, `DELETE ${path}`, { cookie: ofBob })).status).toBe(404);
  expect((await ask(altalune, `DELETE ${path}`, { cookie })).status).toBe(204);
  expect((await ask(altalune, `GET ${path}`, { cookie })).body).toMatchObject({ is_active: false });
  const { data } = await altalune.clients.audit.queryAuditEvents({ projectId: allowing });
  expect(data.map(({ actor, action }) => [action, actor])).toEqual([
    ["api_key.revoked", `user:${ada.id}`],
    ["api_key.created", `user:${ada.id}`],
    ["project.created", expect.any(String)],
  ]);
});

test("the same by an access token, by rpc and by GraphQL", async () => {
  const ada = await newUser();
  const { body } = await ask(altalune, "POST /api/auth/token", {
    body: { username: ada.username, password: ada.password },
  });
  const token = body.access_token;
  expect((await ask(altalune, "POST /users/me/apikeys", { token, body: {} })).status).toBe(201);
  const { data } = await altalune.clientsWith(token).myApiKeys.queryMyApiKeys({});
  expect(data).toMatchObject([{ ownerId: ada.id, projectId: allowing }]);
  const graphql = await ask(altalune, "POST /graphql", { token, body: { query: "{ apiKeys { id } }" } });
  expect(graphql.body).toEqual({ data: { apiKeys: [{ id: data[0]?.id }] } });
});

test("what changes keys by a cookie comes from a page of our own", async () => {
  const { cookie } = await signIn(altalune, await newUser());
  const headers = { origin: "https://evil.example.com" };
  const made = await ask(altalune, "POST /api/keys", { cookie, body: { name: "CI" }, headers });
  expect(made.status).toBe(403);
  expect((await ask(altalune, "GET /api/keys", { cookie })).body).toEqual([]);
});

test("where several projects allow users, one is named, and one that does not is refused", async () => {
  const { cookie } = await signIn(altalune, await newUser());
  const closed = await newProject(altalune.clients);
  for (const wrong of [closed, "2".repeat(14), `${allowing}&project_id=${closed}`]) {
    expect(await ask(altalune, `GET /api/keys?project_id=${wrong}`, { cookie })).toMatchObject(refused);
  }
  const other = await newProject(altalune.clients, { ownerAccess: { allowUsers: true } });
  expect(await ask(altalune, "GET /api/keys", { cookie })).toMatchObject(refused);
  for (const projectId of [allowing, other]) {
    expect((await ask(altalune, `GET /api/keys?project_id=${projectId}`, { cookie })).status).toBe(200);
    const headers = { "x-altalune-project-id": projectId };
    expect((await ask(altalune, "GET /users/me/apikeys", { cookie, headers })).status).toBe(200);
  }
  await altalune.clients.projects.deleteProject({ projectId: other });
  expect((await ask(altalune, "GET /api/keys", { cookie })).status).toBe(200);
});
