import { Code, ConnectError } from "@connectrpc/connect";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { setClockAhead } from "../../support/clock.js";
import { newApiKey, newProject, newUser } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { call, facesOf } from "../authority/call.js";
import { everyRpc, nameOf } from "../authority/every-rpc.js";
import { ask, codeOf, goodPassword, register, signIn, untilOneWaits } from "./people.js";

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
});
afterAll(() => altalune.stop());

async function invitation(email: string, role = UserRole.VIEWER): Promise<string> {
  return codeOf((await altalune.clients.users.inviteUser({ email, role })).invitationUrl);
}

test("the link of the first start makes an owner, once", async () => {
  expect(altalune.setupUrl).toMatch(/^http:\/\/[^#]*\/console\/setup#code=alt_setup_\w+$/);
  const code = codeOf(altalune.setupUrl ?? "");
  const ada = { username: "ada", email: "Ada@example.com", invitation: code };
  const answer = await register(altalune, ada);
  expect(answer).toMatchObject({
    status: 201,
    body: { username: "ada", email: "ada@example.com", roles: ["owner"], all_projects: true },
  });
  const second = await register(altalune, { username: "eve", email: "eve@example.com", invitation: code });
  expect(second).toMatchObject({ status: 403, body: { error: "INVITATION_INVALID" } });
});

test("an invitation and the set-up link are refused once their time is over", async () => {
  await using own = await startTestInstance();
  const { invitationUrl } = await own.clients.users.inviteUser({ email: "grace@example.com", role: UserRole.VIEWER });
  await setClockAhead(own.db, 24 * 60 * 60_000);
  const late = { username: "ada", email: "ada@example.com", invitation: codeOf(own.setupUrl ?? "") };
  expect(await register(own, late)).toMatchObject({ status: 403, body: { error: "INVITATION_INVALID" } });
  const grace = { username: "grace", email: "grace@example.com", invitation: codeOf(invitationUrl) };
  await setClockAhead(own.db, 7 * 24 * 60 * 60_000);
  expect(await register(own, grace)).toMatchObject({ status: 403, body: { error: "INVITATION_INVALID" } });
});

test("what was never handed out as an invitation is looked for nowhere", async () => {
  const transaction = await altalune.db.startTransaction().execute();
  await sql`lock table altalune_user_invitations in access exclusive mode`.execute(transaction);
  for (const made of ["nonesuch", `alt_invite_${"x".repeat(49)}`, newSecret("alt_session_")]) {
    const answer = await register(altalune, { username: "eve", email: "eve@example.com", invitation: made });
    expect(answer).toMatchObject({ status: 403, body: { error: "INVITATION_INVALID" } });
  }
  await transaction.rollback().execute();
});

test("an invited person registers, and has the role of the invitation", async () => {
  const email = "grace@example.com";
  const answer = await register(altalune, { username: "grace", email, invitation: await invitation(email) });
  expect(answer.status).toBe(201);
  expect(answer.body).toEqual({
    id: expect.stringMatching(/^[a-z0-9]{14}$/),
    username: "grace",
    email,
    display_name: "",
    roles: ["viewer"],
    scopes: ["projects:read", "api_keys:read"],
    project_ids: [],
    all_projects: false,
    created_at: expect.stringMatching(/Z$/),
    last_login_at: null,
  });
  expect((await signIn(altalune, { username: "grace", password: goodPassword })).answer.status).toBe(200);
  const byAddress = { body: { email: "GRACE@example.com", password: goodPassword } };
  expect((await ask(altalune, "POST /api/auth/login", byAddress)).status).toBe(200);
});

test("confirmPassword is taken for confirm_password", async () => {
  const email = "camel@example.com";
  const body = { username: "camel", email, password: goodPassword, confirmPassword: goodPassword };
  const code = await invitation(email);
  const answer = await ask(altalune, "POST /api/auth/register", { body: { ...body, invitation: code } });
  expect(answer.status).toBe(201);
});

describe("registration refuses", () => {
  const good = { username: "newcomer", email: "newcomer@example.com" };

  test("whoever has no invitation", async () => {
    expect(await register(altalune, good)).toMatchObject({ status: 403, body: { error: "INVITATION_REQUIRED" } });
  });

  test("an invitation of another address, which stays good", async () => {
    const code = await invitation("invited@example.com");
    expect(await register(altalune, { ...good, invitation: code })).toMatchObject({ status: 403 });
    const invited = { username: "invited", email: "invited@example.com", invitation: code };
    expect((await register(altalune, invited)).status).toBe(201);
  });

  test("an invitation that another has replaced", async () => {
    const first = await invitation("twice@example.com");
    const second = await invitation("twice@example.com", UserRole.ADMIN);
    const twice = { username: "twice", email: "twice@example.com" };
    expect((await register(altalune, { ...twice, invitation: first })).status).toBe(403);
    expect(await register(altalune, { ...twice, invitation: second })).toMatchObject({
      status: 201,
      body: { roles: ["admin"] },
    });
  });

  test.each([
    ["a username of capitals", { username: "Newcomer" }, "username"],
    ["a username that is too short", { username: "ab" }, "username"],
    ["an address that is none", { email: "nobody" }, "email"],
    ["an address with a NUL in it", { email: "a\0b@example.com" }, "email"],
    ["a short password", { password: "short-7-hat", confirm_password: "short-7-hat" }, "password"],
    ["a common password", { password: "password1234", confirm_password: "password1234" }, "password"],
    ["a password that was typed otherwise", { confirm_password: `${goodPassword}!` }, "confirm_password"],
    ["a role of one's own choice", { roles: ["owner"] }, "roles"],
    ["a member that it does not know", { admin: true }, "admin"],
    ["a member whose name may be a secret", { "wintry-orchard-41-lamp": "password" }, "body"],
    ["a number for a password", { password: 123_456_789_012 }, "password"],
  ])("%s", async (_what, wrong, field) => {
    const code = await invitation(good.email);
    const answer = await register(altalune, { ...good, invitation: code, ...wrong });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(Object.keys(answer.body.fields)).toEqual([field]);
    expect(answer.body).toMatchObject({ status: 400, error: answer.body.reason, message: answer.body.detail });
  });

  test("the username of another", async () => {
    await register(altalune, {
      username: "taken",
      email: "taken@example.com",
      invitation: await invitation("taken@example.com"),
    });
    const answer = await register(altalune, {
      username: "taken",
      email: "taken-2@example.com",
      invitation: await invitation("taken-2@example.com"),
    });
    expect(answer).toMatchObject({ status: 409, body: { error: "USERNAME_TAKEN" } });
  });
});

test("where registration is open, anybody is a viewer of nothing, and reaches nothing at all", async () => {
  await using open = await startTestInstance({ env: { ALTALUNE_REGISTRATION: "open" } });
  const answer = await register(open, { username: "stranger", email: "stranger@example.com" });
  expect(answer).toMatchObject({ status: 201, body: { roles: ["viewer"], project_ids: [], all_projects: false } });
  const { cookie } = await signIn(open, { username: "stranger", password: goodPassword });
  const projectId = await newProject(open.clients);
  const { id: apiKeyId, value: presentedKey } = await newApiKey(open.clients, projectId);
  const target = { projectId, apiKeyId, presentedKey, userId: await newUser(open.clients) };
  for (const [face, transport] of facesOf(open.url)) {
    for (const method of everyRpc) {
      const outcome = await call(transport, method, target, { cookie, origin: open.url });
      const expected = ["ProjectService/QueryProjects", "ApiKeyService/FindApiKeys"].includes(nameOf(method))
        ? { code: "ok", message: { data: [] } }
        : { code: expect.stringMatching(/^(PermissionDenied|NotFound|Unauthenticated)$/), message: undefined };
      expect(outcome, `${nameOf(method)} over ${face}`).toMatchObject(expected);
    }
  }
});

test("where registration is open, an address makes users ever more slowly, and an invitation is good all the same", async () => {
  const env = { ALTALUNE_REGISTRATION: "open", ALTALUNE_TRUSTED_PROXIES: "loopback" };
  await using open = await startTestInstance({ env });
  const attempt = (i: number, address: string, invited?: string) =>
    ask(open, "POST /api/auth/register", {
      body: {
        username: `stranger-${i}`,
        email: `stranger-${i}@example.com`,
        password: goodPassword,
        confirm_password: goodPassword,
        invitation: invited,
      },
      headers: { "x-forwarded-for": address },
    });
  const statuses: number[] = [];
  for (let i = 0; i < 10; i++) {
    statuses.push((await attempt(i, `2001:db8:0:1::${i}`)).status);
  }
  expect(statuses).toEqual(Array(10).fill(201));
  const refused = await attempt(10, "2001:db8:0:1::10");
  expect(refused).toMatchObject({ status: 429, body: { error: "TOO_MANY_REGISTRATIONS" } });
  expect(["1", "2"]).toContain(refused.headers.get("retry-after"));
  const { invitationUrl } = await open.clients.users.inviteUser({
    email: "stranger-11@example.com",
    role: UserRole.VIEWER,
  });
  expect((await attempt(11, "2001:db8:0:1::10", codeOf(invitationUrl))).status).toBe(201);
  expect((await attempt(12, "2001:db8:0:2::1")).status).toBe(201);
});

test("what an invited person is granted while they register is what they have", async () => {
  const email = "demoted@example.com";
  const code = await invitation(email, UserRole.ADMIN);
  const transaction = await altalune.db.startTransaction().execute();
  await sql`update altalune_users set role = 4 where email = ${email}`.execute(transaction);
  const answer = register(altalune, { username: "demoted", email, invitation: code });
  await untilOneWaits(altalune.db);
  await transaction.commit().execute();
  expect(await answer).toMatchObject({ status: 201, body: { username: "demoted", roles: ["viewer"] } });
});

test("who registers while they are invited again or deleted does not bring either to a standstill", async () => {
  for (const end of ["invited", "deleted"] as const) {
    for (let i = 0; i < 4; i++) {
      const email = `${end}-${i}@example.com`;
      const { user, invitationUrl } = await altalune.clients.users.inviteUser({ email, role: UserRole.VIEWER });
      const answer = register(altalune, { username: `${end}-${i}`, email, invitation: codeOf(invitationUrl) });
      const other =
        end === "invited"
          ? altalune.clients.users.inviteUser({ email, role: UserRole.VIEWER })
          : altalune.clients.users.deleteUser({ userId: user?.id ?? "" });
      const [registered, outcome] = await Promise.all([answer, other.catch((error: unknown) => error)]);
      expect([201, 403]).toContain(registered.status);
      expect([undefined, Code.AlreadyExists]).toContain(outcome instanceof ConnectError ? outcome.code : undefined);
    }
  }
});

test("beyond this machine nobody signs in until somebody says by what address browsers come", async () => {
  await using elsewhere = await startTestInstance({ env: { HOST: "0.0.0.0" } });
  expect(elsewhere.setupUrl).toBeUndefined();
  const refused = await ask(elsewhere, "POST /api/auth/login", { body: { username: "ada", password: goodPassword } });
  expect(refused).toMatchObject({ status: 400, body: { error: "PUBLIC_URL_MISSING" } });
  await expect(
    elsewhere.clients.users.inviteUser({ email: "ada@example.com", role: UserRole.VIEWER }),
  ).rejects.toMatchObject({ code: 9 });
});

test("links begin with the address that was said, whatever a request calls the host", async () => {
  await using known = await startTestInstance({ env: { ALTALUNE_PUBLIC_URL: "https://keys.example.com" } });
  expect(known.setupUrl).toMatch(/^https:\/\/keys\.example\.com\/console\/setup#code=/);
  const { invitationUrl } = await known.clients.users.inviteUser(
    { email: "ada@example.com", role: UserRole.VIEWER },
    { headers: { "x-forwarded-host": "evil.example" } },
  );
  expect(invitationUrl).toMatch(/^https:\/\/keys\.example\.com\/console\/register#code=/);
});
