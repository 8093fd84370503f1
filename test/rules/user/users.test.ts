import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { denialOf } from "../../support/errors.js";
import { newProject, newUser } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newRootKey } from "../authority/root-keys.js";
import { ask, newPerson, signIn, untilOneWaits } from "../sign_in/people.js";

let altalune: TestInstance;
let projectId: string;
let elsewhere: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients);
  elsewhere = await newProject(altalune.clients);
});
afterAll(() => altalune.stop());

const { OWNER, ADMIN, DEVELOPER, VIEWER } = UserRole;

test("an invited user is there, without a username, until the person registers", async () => {
  const { users } = altalune.clients;
  const { user } = await users.inviteUser({ email: "Ada@Example.com", role: DEVELOPER, projectIds: [projectId] });
  expect(user).toMatchObject({
    id: expect.stringMatching(/^[a-z0-9]{14}$/),
    username: "",
    email: "ada@example.com",
    role: DEVELOPER,
    projectIds: [projectId],
    allProjects: false,
    disabled: false,
  });
  expect(user?.lastLoginAt).toBeUndefined();
  expect((await users.getUser({ userId: user?.id ?? "" })).user).toEqual(user);
});

test("a person who has registered is not invited again", async () => {
  const { email } = await newPerson(altalune, VIEWER);
  const denial = await denialOf(altalune.clients.users.inviteUser({ email, role: VIEWER }));
  expect(denial).toMatchObject({ reason: "USER_EMAIL_TAKEN" });
});

test("an update changes what its mask names, and nothing else", async () => {
  const { users } = altalune.clients;
  const userId = await newUser(altalune.clients, { role: DEVELOPER, projectIds: [projectId] });
  const changed = await users.updateUser({ userId, displayName: "Ada", projectIds: [elsewhere] });
  expect(changed.user).toMatchObject({ displayName: "Ada", role: DEVELOPER, projectIds: [elsewhere] });
  const cleared = await users.updateUser({ userId, role: VIEWER, updateMask: { paths: ["project_ids", "role"] } });
  expect(cleared.user).toMatchObject({ displayName: "Ada", role: VIEWER, projectIds: [] });
  await expect(users.updateUser({ userId, updateMask: { paths: ["email"] } })).rejects.toMatchObject({ code: 3 });
  await expect(users.updateUser({ userId, username: "ada-2" })).rejects.toMatchObject({ code: 3 });
});

test("a user who is not there is not found, by any rpc", async () => {
  const { users } = altalune.clients;
  const userId = "2".repeat(14);
  for (const call of [
    () => users.getUser({ userId }),
    () => users.updateUser({ userId, displayName: "Nobody" }),
    () => users.deleteUser({ userId }),
    () => users.revokeUserSessions({ userId }),
  ]) {
    expect(await denialOf(call())).toMatchObject({ reason: "USER_NOT_FOUND" });
  }
});

test("users are listed, by role, by a part of their name, and page by page", async () => {
  await using own = await startTestInstance();
  const { users } = own.clients;
  for (const name of ["ada", "grace", "edsger"]) {
    await users.inviteUser({ email: `${name}@example.com`, role: name === "ada" ? ADMIN : VIEWER });
  }
  const emailsOf = async (query: Parameters<typeof users.queryUsers>[0]["query"]) =>
    (await users.queryUsers({ query })).data.map(({ email }) => email.split("@")[0]);
  expect(await emailsOf({ sorting: { field: "email" } })).toEqual(["ada", "edsger", "grace"]);
  expect(await emailsOf({ filters: { role: { values: ["USER_ROLE_ADMIN"] } } })).toEqual(["ada"]);
  expect(await emailsOf({ keyword: "RAC" })).toEqual(["grace"]);
  const first = await users.queryUsers({ query: { pagination: { pageSize: 2 }, sorting: { field: "email" } } });
  const pageToken = first.meta?.nextPageToken ?? "";
  expect(await emailsOf({ pagination: { pageSize: 2, pageToken }, sorting: { field: "email" } })).toEqual(["grace"]);
  for (const role of ["admin", "USER_ROLE_CONSTRUCTOR", "USER_ROLE_"]) {
    await expect(users.queryUsers({ query: { filters: { role: { values: [role] } } } })).rejects.toMatchObject({
      code: 3,
    });
  }
});

describe("nobody grants above their own:", () => {
  test.each([
    ["a role", { role: ADMIN, allProjects: true }],
    ["the role of an owner", { role: OWNER }],
    ["every project", { role: VIEWER, allProjects: true }],
    ["a role in one project", { role: DEVELOPER, projectIds: ["that one"] }],
  ])("%s, by a root key that may change users and nothing else", async (_what, grant) => {
    const projectIds = "projectIds" in grant ? [projectId] : [];
    const { users } = altalune.clientsWith((await newRootKey(altalune, { scopes: ["users:write"] })).value);
    const denial = await denialOf(users.inviteUser({ email: "more@example.com", ...grant, projectIds }));
    expect(denial).toMatchObject({ reason: "PERMISSION_MISSING" });
  });

  test("a root key that may read and change users makes viewers, and changes no developer", async () => {
    const scopes = ["*:read", "users:write"];
    const { users } = altalune.clientsWith((await newRootKey(altalune, { scopes })).value);
    const made = await users.inviteUser({ email: "viewer-1@example.com", role: VIEWER, projectIds: [projectId] });
    expect(made.user).toMatchObject({ role: VIEWER, projectIds: [projectId] });
    const userId = await newUser(altalune.clients, { role: DEVELOPER, projectIds: [projectId] });
    for (const call of [
      () => users.updateUser({ userId, disabled: true }),
      () => users.updateUser({ userId: made.user?.id ?? "", role: DEVELOPER }),
      () => users.deleteUser({ userId }),
      () => users.revokeUserSessions({ userId }),
    ]) {
      expect(await denialOf(call())).toMatchObject({ reason: "PERMISSION_MISSING" });
    }
  });

  test("a project that is not there is granted to nobody", async () => {
    const projectIds = ["2".repeat(14)];
    const denial = await denialOf(
      altalune.clients.users.inviteUser({ email: "nowhere@example.com", role: VIEWER, projectIds }),
    );
    expect(denial).toMatchObject({ reason: "PROJECT_NOT_FOUND" });
  });
});

describe("a user who has signed in", () => {
  const callsOf = async (role: UserRole, settings: { projectIds?: string[]; allProjects?: boolean } = {}) => {
    const { cookie } = await signIn(altalune, await newPerson(altalune, role, settings));
    return async (line: string, body?: object) => (await ask(altalune, line, { cookie, body })).status;
  };
  const newKey = { name: "A key", expiration: new Date(Date.now() + 60_000).toISOString() };

  test("as a viewer reads what is of their projects, and nothing of others", async () => {
    const call = await callsOf(VIEWER, { projectIds: [projectId] });
    expect(await call(`GET /v1/projects/${projectId}`)).toBe(200);
    expect(await call(`GET /v1/projects/${projectId}/api_keys`)).toBe(200);
    expect(await call(`GET /v1/projects/${elsewhere}`)).toBe(404);
    expect(await call(`POST /v1/projects/${projectId}/api_keys`, newKey)).toBe(403);
    expect(await call("POST /v1/api_keys:verify", { key: "sk-x" })).toBe(403);
    expect(await call("GET /v1/users")).toBe(403);
  });

  test("as a viewer of no project finds none, and no key", async () => {
    const { cookie } = await signIn(altalune, await newPerson(altalune, VIEWER));
    const listed = await ask(altalune, "GET /v1/projects", { cookie });
    expect(listed).toMatchObject({ status: 200, body: { data: [] } });
    const found = await ask(altalune, "POST /v1/api_keys:find", { cookie, body: { keyPrefix: "sk-12345" } });
    expect(found).toMatchObject({ status: 200, body: { data: [] } });
    expect(await ask(altalune, `GET /v1/projects/${projectId}`, { cookie })).toMatchObject({ status: 404 });
  });

  test("as a developer makes keys of their projects, and no project", async () => {
    const call = await callsOf(DEVELOPER, { projectIds: [projectId] });
    expect(await call(`POST /v1/projects/${projectId}/api_keys`, newKey)).toBe(201);
    expect(await call(`POST /v1/projects/${elsewhere}/api_keys`, newKey)).toBe(404);
    expect(await call("POST /v1/api_keys:verify", { key: "sk-x" })).toBe(200);
    expect(await call(`PATCH /v1/projects/${projectId}`, { name: "Another" })).toBe(403);
  });

  test("as an admin does all but users", async () => {
    const call = await callsOf(ADMIN, { allProjects: true });
    expect(await call("POST /v1/projects", { name: "Of an admin" })).toBe(201);
    expect(await call("PUT /v1/tiers/silver", { rateLimits: { perDay: 5 } })).toBe(200);
    expect(await call("GET /v1/users")).toBe(403);
    expect(await call("POST /v1/users:invite", { email: "x@example.com", role: "USER_ROLE_VIEWER" })).toBe(403);
  });

  test("as an owner does users as well, and the trail says who", async () => {
    const owner = await newPerson(altalune, OWNER);
    const { cookie } = await signIn(altalune, owner);
    const body = { email: "by-an-owner@example.com", role: "USER_ROLE_OWNER" };
    const answer = await ask(altalune, "POST /v1/users:invite", { cookie, body });
    expect(answer.status).toBe(200);
    const filters = { action: { values: ["user.created"] }, actor: { values: [`user:${owner.id}`] } };
    const { data } = await altalune.clients.audit.queryAuditEvents({ query: { filters } });
    expect(data).toMatchObject([{ resourceId: answer.body.user.id, projectId: "" }]);
  });
});

test.for([
  ["demoted", sql`update altalune_users set role = 2 where public_id = `],
  ["disabled", sql`update altalune_users set disabled = true where public_id = `],
  ["deleted", sql`delete from altalune_users where public_id = `],
] as const)("an owner who is %s while a call of theirs waits does nothing more by it", async ([_what, change]) => {
  const [owner, other] = [await newPerson(altalune, OWNER), await newPerson(altalune, VIEWER)];
  const { cookie } = await signIn(altalune, owner);
  const transaction = await altalune.db.startTransaction().execute();
  await sql`${change}${owner.id}`.execute(transaction);
  const answer = ask(altalune, `PATCH /v1/users/${other.id}`, { cookie, body: { role: "USER_ROLE_OWNER" } });
  await untilOneWaits(altalune.db);
  await transaction.commit().execute();
  expect(await answer).toMatchObject({ status: 401, body: { reason: "SESSION_INVALID" } });
  expect((await altalune.clients.users.getUser({ userId: other.id })).user?.role).toBe(VIEWER);
});

describe("the last owner who can sign in", () => {
  test("can be neither demoted, disabled nor deleted; invited owners do not count, and a second one does", async () => {
    await using own = await startTestInstance();
    const { users } = own.clients;
    const { id: userId } = await newPerson(own, OWNER);
    await users.inviteUser({ email: "invited@example.com", role: OWNER });
    const attempts = [
      () => users.updateUser({ userId, role: ADMIN }),
      () => users.updateUser({ userId, role: OWNER, disabled: true }),
      () => users.deleteUser({ userId }),
    ];
    for (const attempt of attempts) {
      expect(await denialOf(attempt())).toMatchObject({ reason: "LAST_OWNER" });
    }
    await newPerson(own, OWNER);
    for (const attempt of attempts) {
      await attempt();
    }
  });

  test("stays when both of two are deleted at once", async () => {
    await using own = await startTestInstance();
    const owners = [await newPerson(own, OWNER), await newPerson(own, OWNER)];
    const outcomes = await Promise.allSettled(owners.map(({ id }) => own.clients.users.deleteUser({ userId: id })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await own.clients.users.queryUsers({})).data).toHaveLength(1);
  });
});

test("the trail holds who came and went, and no password, token or code", async () => {
  await using own = await startTestInstance();
  const person = await newPerson(own, VIEWER);
  const { cookie } = await signIn(own, person);
  const body = { current_password: person.password, new_password: "copper-lantern-92-moth" };
  expect((await ask(own, "PUT /api/auth/password", { cookie, body })).status).toBe(204);
  expect((await ask(own, "POST /api/auth/logout", { cookie })).status).toBe(204);
  const query = { sorting: { field: "sequence" } };
  const { data } = await own.clients.audit.queryAuditEvents({ query });
  const ofPerson = data.filter(({ resourceId }) => resourceId === person.id);
  expect(ofPerson.map(({ action }) => action)).toEqual([
    "user.created",
    "user.registered",
    "user.signed_in",
    "user.password_changed",
    "user.signed_out",
  ]);
  expect(ofPerson.slice(1).map(({ actor }) => actor)).toEqual(Array(4).fill(`user:${person.id}`));
  const text = data.map((event) => JSON.stringify(event.detail)).join();
  expect(text).not.toMatch(/alt_(session|invite|setup|refresh)_|argon2|wintry|copper/);
  expect(await own.clients.audit.verifyAuditTrail({})).toMatchObject({ intact: true });
});
