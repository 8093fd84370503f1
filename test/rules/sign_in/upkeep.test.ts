import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, isOpen, newPerson, type Person, signIn } from "./people.js";

let altalune: TestInstance;
let ada: Person;
let cookie: string;
beforeAll(async () => {
  altalune = await startTestInstance();
});
afterAll(() => altalune.stop());

const begin = async () => {
  ada = await newPerson(altalune, UserRole.VIEWER);
  ({ cookie } = await signIn(altalune, ada));
};

const listed = async (): Promise<{ id: string }[]> =>
  (await ask(altalune, "GET /api/auth/sessions", { cookie })).body.sessions;

/** Copies of the user's one session, of which the first lay unused for longest. */
async function addSessions(count: number, { hoursUnused }: { hoursUnused: number }): Promise<void> {
  await sql`
    insert into altalune_user_sessions (
      public_id, user_id, digest, kind, source_ip, user_agent, created_at, last_used_at, idle_seconds, expires_at
    )
    select substr(md5(${ada.id} || n), 1, 14), user_id, sha256((${ada.id} || n)::bytea), kind, source_ip, user_agent,
      created_at, last_used_at - ${hoursUnused} * interval '1 hour' + n * interval '1 second', idle_seconds, expires_at
    from altalune_user_sessions, generate_series(1, ${count}::integer) as n
    where user_id = (select id from altalune_users where public_id = ${ada.id})
  `.execute(altalune.db);
}

async function countSessions(): Promise<number> {
  const { rows } = await sql<{ count: bigint }>`
    select count(*) as count from altalune_user_sessions
    where user_id = (select id from altalune_users where public_id = ${ada.id})
  `.execute(altalune.db);
  return Number(rows[0]?.count);
}

test("sessions that are over are deleted in batches, which nobody hears of, and the others stay", async () => {
  await begin();
  await addSessions(250, { hoursUnused: 9 });
  const listener = new pg.Client(altalune.databaseUrl);
  await listener.connect();
  const notices: string[] = [];
  listener.on("notification", ({ payload = "" }) => void notices.push(JSON.parse(payload)[2]));
  const heard = async () => {
    await listener.query("select");
    return notices.filter((kind) => kind === "user").length;
  };
  try {
    await listener.query("listen altalune_changes");
    await altalune.services.sessions.purge();
    // The server's own purge may be at some of them.
    await expect.poll(countSessions).toBe(1);
    expect(await heard()).toBe(0);
    expect(await isOpen(altalune, cookie)).toBe(true);
    await sql`delete from altalune_user_sessions where user_id = (select id from altalune_users where public_id = ${ada.id})`.execute(
      altalune.db,
    );
    await expect.poll(heard).toBe(1);
  } finally {
    await listener.end();
  }
});

test("a session that has just ended by lying unused is kept for a moment: its last use may have yet to be written", async () => {
  await begin();
  await addSessions(1, { hoursUnused: 8.1 });
  await altalune.services.sessions.purge();
  expect(await countSessions()).toBe(2);
  expect(await listed()).toHaveLength(1);
});

test("that a session was used is written at the next time where the database fails", async () => {
  await begin();
  const { sessions } = altalune.services;
  const lastUse = async () => (await ask(altalune, "GET /api/auth/sessions", { cookie })).body.sessions[0].last_used_at;
  const atLogin = await lastUse();
  await sessions.authenticate(cookie.split("=")[1] ?? "");
  await sql`alter table altalune_user_sessions rename to taken_away`.execute(altalune.db);
  await expect(sessions.flushTouched()).rejects.toThrow("altalune_user_sessions");
  await sql`alter table taken_away rename to altalune_user_sessions`.execute(altalune.db);
  await sessions.flushTouched();
  expect(Date.parse(await lastUse())).toBeGreaterThan(Date.parse(atLogin));
});

test("a user has at most 100 sessions: one more ends the one that was used longest ago", async () => {
  await begin();
  await addSessions(99, { hoursUnused: 7 });
  const before = await listed();
  expect(before).toHaveLength(100);
  const { cookie: newest } = await signIn(altalune, ada);
  const after = await listed();
  expect(after).toHaveLength(100);
  expect(before.filter(({ id }) => !after.some((session) => session.id === id))).toEqual([before.at(-1)]);
  expect([await isOpen(altalune, cookie), await isOpen(altalune, newest)]).toEqual([true, true]);
});

test("a session has at most 20 good refresh tokens: one more ends the oldest", async () => {
  await begin();
  const issued: string[] = [];
  for (let i = 0; i < 21; i += 1) {
    issued.push((await ask(altalune, "POST /api/auth/token", { cookie })).body.refresh_token);
  }
  const refresh = async (token: string | undefined) =>
    (await ask(altalune, "POST /api/auth/token/refresh", { body: { refresh_token: token } })).status;
  expect(await refresh(issued[0])).toBe(401);
  expect(await refresh(issued[1])).toBe(200);
  expect(await refresh(issued[20])).toBe(200);
  expect(await isOpen(altalune, cookie)).toBe(true);
});

test("whoever refreshes a thousand times in a week has to wait, and no trace of a theft is forgotten for it", async () => {
  await begin();
  const { refresh_token: token } = (await ask(altalune, "POST /api/auth/token", { cookie })).body;
  const used = randomBytes(8).toString("hex");
  await sql`
    insert into altalune_user_refresh_tokens (digest, session_id, used_at, expires_at)
    select sha256((${used} || n)::bytea), session_id, now(), expires_at from altalune_user_refresh_tokens,
      generate_series(1, 1000) as n
    where session_id = (
      select id from altalune_user_sessions where user_id = (select id from altalune_users where public_id = ${ada.id})
    )
  `.execute(altalune.db);
  const refresh = () => ask(altalune, "POST /api/auth/token/refresh", { body: { refresh_token: token } });
  expect(await refresh()).toMatchObject({ status: 401, body: { error: "REFRESH_TOKEN_INVALID" } });
  await sql`update altalune_user_refresh_tokens set expires_at = now() where digest = sha256((${used} || 7)::bytea)`.execute(
    altalune.db,
  );
  expect((await refresh()).status).toBe(200);
});

test("invitations that have ended, and addresses of long ago, are deleted", async () => {
  await begin();
  await sql`
    insert into altalune_user_invitations (digest, expires_at)
    select sha256(n::text::bytea), now() - interval '1 day' from generate_series(1, 1500) as n
  `.execute(altalune.db);
  await sql`
    insert into altalune_user_addresses (user_id, address, last_login_at)
    select id, 'long-ago-' || n, now() - interval '91 days' from altalune_users, generate_series(1, 1500) as n
    where public_id = ${ada.id}
  `.execute(altalune.db);
  await altalune.services.users.purge();
  const count = async () => {
    const { rows } = await sql<{ old: bigint; known: bigint }>`
      select (select count(*) from altalune_user_invitations where expires_at < now()) as old,
        (select count(*) from altalune_user_addresses where user_id = (select id from altalune_users where public_id = ${ada.id})) as known
    `.execute(altalune.db);
    return [Number(rows[0]?.old), Number(rows[0]?.known)];
  };
  await expect.poll(count).toEqual([0, 1]);
});
