import { createHash } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { setClockAhead } from "../../support/clock.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, goodPassword, isOpen, newPerson, type Person, signIn, untilOneWaits } from "./people.js";

const hourMs = 60 * 60_000;
const otherPassword = "copper-lantern-92-moth";

let altalune: TestInstance;
let other: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
  other = await startTestInstance({ beside: altalune });
});
afterAll(async () => {
  await other.stop();
  await altalune.stop();
});

const person = () => newPerson(altalune, UserRole.VIEWER);

describe("a sign-in", () => {
  test("gives a cookie that scripts and other sites do not see, and me says who it is", async () => {
    const ada = await person();
    const { cookie, answer } = await signIn(altalune, ada);
    expect(answer).toMatchObject({ status: 200, body: { username: ada.username, roles: ["viewer"] } });
    const attributes = (answer.cookies.get("altalune_session") ?? "").split("; ").slice(1);
    expect(attributes).toEqual(expect.arrayContaining(["Path=/", "HttpOnly", "SameSite=Lax"]));
    expect(attributes.filter((one) => /^(Secure|Domain)/.test(one))).toEqual([]);
    const me = await ask(altalune, "GET /api/auth/me", { cookie });
    expect(me).toMatchObject({ status: 200, body: { id: ada.id, email: ada.email, roles: ["viewer"] } });
    expect(me.body.last_login_at).toMatch(/Z$/);
  });

  test("over https gives one that no other host of the domain can plant", async () => {
    await using known = await startTestInstance({ env: { ALTALUNE_PUBLIC_URL: "https://keys.example.com" } });
    const ada = await newPerson(known, UserRole.VIEWER);
    const { answer } = await signIn(known, ada);
    const cookie = answer.cookies.get("__Host-altalune_session") ?? "";
    expect(cookie.split("; ")).toEqual(expect.arrayContaining(["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]));
    const token = cookie.split(";", 1)[0]?.split("=")[1];
    const headers = { origin: "https://keys.example.com" };
    expect((await ask(known, "GET /api/auth/me", { cookie: `__Host-altalune_session=${token}`, headers })).status).toBe(
      200,
    );
    expect((await ask(known, "GET /api/auth/me", { cookie: `altalune_session=${token}`, headers })).status).toBe(401);
  });

  test("makes a new session, whatever the browser brought", async () => {
    const ada = await person();
    const { cookie: first } = await signIn(altalune, ada);
    const planted = `altalune_session=${"a".repeat(61)}`;
    const { cookie: second } = await signIn(altalune, ada, { cookie: first });
    const { cookie: third } = await signIn(altalune, ada, { cookie: planted });
    expect(new Set([first, second, third, planted]).size).toBe(4);
    expect(await isOpen(altalune, planted)).toBe(false);
  });

  test("leaves the token nowhere but in its cookie: the database holds a digest", async () => {
    const { cookie, answer } = await signIn(altalune, await person());
    const token = cookie.split("=")[1] ?? "";
    expect(token).toMatch(/^alt_session_[0-9A-Za-z]{49}$/);
    expect(JSON.stringify(answer.body)).not.toContain(token);
    expect(altalune.logLines.join("")).not.toContain(token);
    const digest = createHash("sha256").update(token).digest();
    const { rows } = await sql`select id from altalune_user_sessions where digest = ${digest}`.execute(altalune.db);
    expect(rows).toHaveLength(1);
  });

  test.each([
    ["a wrong password", { password: otherPassword }],
    ["an unknown user", { username: "nobody-at-all" }],
    ["a password that is empty of sense", { password: "x" }],
  ])("with %s is refused in the same words", async (_what, wrong) => {
    const answer = await signIn(altalune, { ...(await person()), ...wrong });
    expect(answer.answer).toMatchObject({ status: 401, body: { error: "CREDENTIALS_INVALID" } });
    expect(answer.cookie).toBe("");
  });

  test("of many at once each have a session of their own", async () => {
    const ada = await person();
    const cookies = await Promise.all(Array.from({ length: 12 }, async () => (await signIn(altalune, ada)).cookie));
    expect(new Set(cookies).size).toBe(12);
    for (const cookie of cookies) {
      expect(await isOpen(altalune, cookie)).toBe(true);
    }
  });
});

describe("a session is over, on every instance as soon as the call has returned,", () => {
  let ada: Person;
  let cookie: string;
  let second: string;
  const both = async (of: string) => [await isOpen(altalune, of), await isOpen(other, of)];
  beforeAll(() => undefined);
  const begin = async () => {
    ada = await person();
    ({ cookie } = await signIn(altalune, ada));
    ({ cookie: second } = await signIn(other, ada));
    expect([await both(cookie), await both(second)]).toEqual([
      [true, true],
      [true, true],
    ]);
  };

  test("after a logout, and no other session with it", async () => {
    await begin();
    const answer = await ask(altalune, "POST /api/auth/logout", { cookie });
    expect(answer.status).toBe(204);
    expect(answer.cookies.get("altalune_session")).toMatch(/^altalune_session=; Max-Age=0/);
    expect(await both(cookie)).toEqual([false, false]);
    expect(await both(second)).toEqual([true, true]);
  });

  test("after a change of the password elsewhere, which goes on itself", async () => {
    await begin();
    const body = { current_password: goodPassword, new_password: otherPassword };
    expect((await ask(other, "PUT /api/auth/password", { cookie: second, body })).status).toBe(204);
    expect(await both(cookie)).toEqual([false, false]);
    expect(await both(second)).toEqual([true, true]);
    expect((await signIn(altalune, ada)).answer.status).toBe(401);
    expect((await signIn(altalune, { ...ada, password: otherPassword })).answer.status).toBe(200);
  });

  test("after its user was disabled, and there is no new one", async () => {
    await begin();
    await altalune.clients.users.updateUser({ userId: ada.id, disabled: true });
    expect(await both(cookie)).toEqual([false, false]);
    expect(await both(second)).toEqual([false, false]);
    expect((await signIn(altalune, ada)).answer).toMatchObject({ status: 401, body: { error: "CREDENTIALS_INVALID" } });
    await altalune.clients.users.updateUser({ userId: ada.id, disabled: false });
    expect(await both(cookie)).toEqual([false, false]);
    expect((await signIn(altalune, ada)).answer.status).toBe(200);
  });

  test("after its user was deleted, or all sessions revoked", async () => {
    await begin();
    await altalune.clients.users.revokeUserSessions({ userId: ada.id });
    expect([...(await both(cookie)), ...(await both(second))]).toEqual([false, false, false, false]);
    await begin();
    await altalune.clients.users.deleteUser({ userId: ada.id });
    expect([...(await both(cookie)), ...(await both(second))]).toEqual([false, false, false, false]);
  });

  test("when its user ends it from another", async () => {
    await begin();
    const { body } = await ask(altalune, "GET /api/auth/sessions", { cookie });
    expect(body.sessions).toHaveLength(2);
    const { id } = body.sessions.find(({ current }: { current: boolean }) => !current);
    expect((await ask(altalune, `DELETE /api/auth/sessions/${id}`, { cookie })).status).toBe(204);
    expect([await both(cookie), await both(second)]).toEqual([
      [true, true],
      [false, false],
    ]);
    expect((await ask(altalune, `DELETE /api/auth/sessions/${id}`, { cookie })).status).toBe(404);
    for (const none of ["nonesuch", "a%2fb", "%C2%84"]) {
      const refused = { status: 404, body: { error: "SESSION_NOT_FOUND" } };
      expect(await ask(altalune, `DELETE /api/auth/sessions/${none}`, { cookie })).toMatchObject(refused);
      expect(await ask(altalune, `DELETE /api/auth/sessions/${none}`)).toMatchObject({ status: 401 });
    }
    ({ cookie: second } = await signIn(other, ada));
    expect((await ask(altalune, "DELETE /api/auth/sessions", { cookie })).status).toBe(204);
    expect([await both(cookie), await both(second)]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  test("when somebody ends it in SQL", async () => {
    await begin();
    await sql`delete from altalune_user_sessions where user_id = (select id from altalune_users where public_id = ${ada.id})`.execute(
      altalune.db,
    );
    await expect.poll(() => both(cookie)).toEqual([false, false]);
  });
});

test("nobody ends a session of another", async () => {
  const { cookie: ofAda } = await signIn(altalune, await person());
  const { cookie: ofEve } = await signIn(altalune, await person());
  const { body } = await ask(altalune, "GET /api/auth/sessions", { cookie: ofAda });
  const [{ id }] = body.sessions;
  expect(await ask(altalune, `DELETE /api/auth/sessions/${id}`, { cookie: ofEve })).toMatchObject({
    status: 404,
    body: { error: "SESSION_NOT_FOUND" },
  });
  expect(await isOpen(altalune, ofAda)).toBe(true);
});

test("what a role may do changes for sessions that are open", async () => {
  const ada = await newPerson(altalune, UserRole.ADMIN, { allProjects: true });
  const { cookie } = await signIn(altalune, ada);
  const create = (instance: TestInstance) =>
    ask(instance, "POST /v1/projects", { cookie, body: { name: "Of an admin" } });
  expect((await create(other)).status).toBe(201);
  await altalune.clients.users.updateUser({ userId: ada.id, role: UserRole.VIEWER });
  expect((await create(other)).status).toBe(403);
  expect((await create(altalune)).status).toBe(403);
});

describe("by the database's clock", () => {
  test("a session lasts 24 hours in use, and 8 unused; whatever an instance remembers", async () => {
    await using own = await startTestInstance();
    const ada = await newPerson(own, UserRole.VIEWER);
    const { cookie: idle } = await signIn(own, ada);
    const { cookie: used } = await signIn(own, ada);
    /** By an instance that remembers nothing, and writes what was used when it stops. */
    const at = async (ms: number, ...cookies: string[]) => {
      await setClockAhead(own.db, ms);
      const fresh = await startTestInstance({ beside: own });
      try {
        return await Promise.all(cookies.map((cookie) => isOpen(fresh, cookie)));
      } finally {
        await fresh.stop();
      }
    };
    expect(await at(8 * hourMs - 60_000, used)).toEqual([true]);
    expect(await at(8 * hourMs, used, idle)).toEqual([true, false]);
    expect(await at(16 * hourMs - 60_000, used)).toEqual([true]);
    expect(await at(24 * hourMs - 120_000, used)).toEqual([true]);
    expect(await at(24 * hourMs, used)).toEqual([false]);
  });
});

describe("a request with a cookie", () => {
  test("and a credential of another kind is refused, and not for a header that is none of ours", async () => {
    const { cookie } = await signIn(altalune, await person());
    const me = (authorization: string) => ask(altalune, "GET /api/auth/me", { cookie, headers: { authorization } });
    expect((await me("Basic YTpi")).status).toBe(200);
    for (const token of [altalune.rootKey, `alt_portal_${"x".repeat(60)}`]) {
      expect((await me(`Bearer ${token}`)).body).toMatchObject({ error: "TWO_CREDENTIALS" });
    }
  });
});

describe("another password", () => {
  const change = (cookie: string, next: string) =>
    ask(altalune, "PUT /api/auth/password", { cookie, body: { current_password: goodPassword, new_password: next } });

  test("of two that are chosen at once, one is the password", async () => {
    const ada = await person();
    const { cookie } = await signIn(altalune, ada);
    const choices = [otherPassword, "marble-harbour-17-fern"];
    const answers = await Promise.all(choices.map((next) => change(cookie, next)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    const chosen = choices[answers.findIndex(({ status }) => status === 204)] ?? "";
    expect((await signIn(altalune, { ...ada, password: chosen })).answer.status).toBe(200);
  });

  test("is not set by a session that was ended meanwhile", async () => {
    const ada = await person();
    const { cookie } = await signIn(altalune, ada);
    const { body } = await ask(altalune, "GET /api/auth/sessions", { cookie });
    const transaction = await altalune.db.startTransaction().execute();
    await sql`delete from altalune_user_sessions where public_id = ${body.sessions[0].id}`.execute(transaction);
    const answer = change(cookie, otherPassword);
    await untilOneWaits(altalune.db);
    await transaction.commit().execute();
    expect(await answer).toMatchObject({ status: 401, body: { error: "SESSION_INVALID" } });
    expect((await signIn(altalune, ada)).answer.status).toBe(200);
  });
});

test("signing out several times at once is one event", async () => {
  const ada = await person();
  const { cookie } = await signIn(altalune, ada);
  const answers = await Promise.all([1, 2, 3].map(() => ask(altalune, "POST /api/auth/logout", { cookie })));
  expect(answers.map(({ status }) => status)).toContain(204);
  const filters = { action: { values: ["user.signed_out"] }, resource_id: { values: [ada.id] } };
  const { data } = await altalune.clients.audit.queryAuditEvents({ query: { filters } });
  expect(data).toHaveLength(1);
});

test("the trail says which session its user ended", async () => {
  const ada = await person();
  const { cookie } = await signIn(altalune, ada);
  const { cookie: ended } = await signIn(altalune, ada);
  const { body } = await ask(altalune, "GET /api/auth/sessions", { cookie: ended });
  const { id } = body.sessions.find(({ current }: { readonly current: boolean }) => current);
  const end = () => ask(altalune, `DELETE /api/auth/sessions/${id}`, { cookie });
  expect((await end()).status).toBe(204);
  expect((await end()).status).toBe(404);
  const filters = { action: { values: ["user.session_ended"] }, resource_id: { values: [ada.id] } };
  const { data } = await altalune.clients.audit.queryAuditEvents({ query: { filters } });
  expect(data).toMatchObject([{ actor: `user:${ada.id}`, detail: { session_id: id } }]);
});
