import { sql } from "kysely";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, goodPassword, newPerson, type Person, signIn, untilOneWaits } from "./people.js";

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

/** What an authenticator shows so many steps of 30 seconds from now. */
function shown(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

/** Waits for the next step where little is left of this one, so that what a test calls now stays so until its end. */
async function stepWithRoom(): Promise<void> {
  const left = 30_000 - (Date.now() % 30_000);
  if (left < 8_000) {
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}

interface Guarded {
  readonly person: Person;
  readonly cookie: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** Somebody with an authenticator, whose code of the step before now was used. */
async function guarded(): Promise<Guarded> {
  const person = await newPerson(altalune, UserRole.VIEWER);
  const { cookie } = await signIn(altalune, person);
  await stepWithRoom();
  const begun = await ask(altalune, "POST /api/auth/totp", { cookie, body: { password: goodPassword } });
  expect(begun.status).toBe(200);
  const { secret } = begun.body;
  const body = { totp_code: shown(secret, -1) };
  const confirmed = await ask(altalune, "POST /api/auth/totp/confirm", { cookie, body });
  expect(confirmed.status).toBe(200);
  return { person, cookie, secret, recoveryCodes: confirmed.body.recovery_codes };
}

async function login(instance: TestInstance, person: Person, code?: string, password = goodPassword) {
  const body = { username: person.username, password, ...(code !== undefined && { totp_code: code }) };
  const answer = await ask(instance, "POST /api/auth/login", { body });
  return { status: answer.status, error: answer.body?.error, cookie: answer.cookies.get("altalune_session") };
}

describe("an authenticator", () => {
  test("is asked for once it is confirmed, and not before", async () => {
    const person = await newPerson(altalune, UserRole.VIEWER);
    const { cookie } = await signIn(altalune, person);
    const { body } = await ask(altalune, "POST /api/auth/totp", { cookie, body: { password: goodPassword } });
    expect(body.otpauth_uri).toMatch(/^otpauth:\/\/totp\/Altalune:person-.*[?&]secret=[A-Z2-7]{32}&/);
    expect((await login(altalune, person)).status).toBe(200);
    const confirm = (code: string) =>
      ask(altalune, "POST /api/auth/totp/confirm", { cookie, body: { totp_code: code } });
    expect(await confirm(shown(body.secret, 9))).toMatchObject({
      status: 400,
      body: { fields: { totp_code: expect.stringContaining("shows now") } },
    });
    expect((await login(altalune, person)).status).toBe(200);
    const confirmed = await confirm(shown(body.secret));
    expect(confirmed.body.recovery_codes).toHaveLength(10);
    expect((await ask(altalune, "GET /api/auth/totp", { cookie })).body).toEqual({
      enabled: true,
      recovery_codes_left: 10,
    });
    expect(await login(altalune, person)).toEqual({ status: 401, error: "SECOND_FACTOR_REQUIRED", cookie: undefined });
  });

  test("is neither begun nor confirmed by a session that was ended meanwhile", async () => {
    const person = await newPerson(altalune, UserRole.VIEWER);
    const { cookie } = await signIn(altalune, person);
    const body = { password: goodPassword };
    const endedMeanwhile = async (line: string, asked: object) => {
      const { cookie: ended } = await signIn(altalune, person);
      const { sessions } = (await ask(altalune, "GET /api/auth/sessions", { cookie: ended })).body;
      const { id } = sessions.find(({ current }: { readonly current: boolean }) => current);
      const transaction = await altalune.db.startTransaction().execute();
      await sql`delete from altalune_user_sessions where public_id = ${id}`.execute(transaction);
      const answer = ask(altalune, line, { cookie: ended, body: asked });
      await untilOneWaits(altalune.db);
      await transaction.commit().execute();
      expect(await answer).toMatchObject({ status: 401, body: { error: "SESSION_INVALID" } });
    };
    await endedMeanwhile("POST /api/auth/totp", body);
    const { secret } = (await ask(altalune, "POST /api/auth/totp", { cookie, body })).body;
    await endedMeanwhile("POST /api/auth/totp/confirm", { totp_code: shown(secret) });
    expect((await ask(altalune, "GET /api/auth/totp", { cookie })).body.enabled).toBe(false);
    const confirmed = { totp_code: shown(secret) };
    expect((await ask(altalune, "POST /api/auth/totp/confirm", { cookie, body: confirmed })).status).toBe(200);
  });

  test("lets in who has the password and its code, for a session and for tokens", async () => {
    const { person, secret } = await guarded();
    expect((await login(altalune, person, shown(secret))).status).toBe(200);
    const body = { username: person.username, password: goodPassword };
    const lacking = await ask(altalune, "POST /api/auth/token", { body });
    expect(lacking).toMatchObject({ status: 401, body: { error: "SECOND_FACTOR_REQUIRED" } });
    const code = shown(secret, 1);
    const tokens = await ask(altalune, "POST /api/auth/token", { body: { ...body, totp_code: code } });
    expect(tokens.status).toBe(200);
  });

  test("shows codes that are good once, on every instance, and none of before", async () => {
    const { person, secret } = await guarded();
    const code = shown(secret, 1);
    const answers = await Promise.all([altalune, other, altalune, other].map((one) => login(one, person, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    expect(await login(altalune, person, code)).toMatchObject({ status: 401, error: "SECOND_FACTOR_INVALID" });
    expect((await login(altalune, person, shown(secret, -1))).error).toBe("SECOND_FACTOR_INVALID");
  });

  test.each(["000000", "12345", "1234567", "abcdef", "", " ", "0x1234", "١٢٣٤٥٦"])(
    "is not there by the code %j",
    async (code) => {
      const { person, secret } = await guarded();
      const wrong = code === shown(secret) ? "000001" : code;
      const { status, error } = await login(altalune, person, wrong);
      expect([status, error]).toEqual(code === "" ? [400, "INVALID_ARGUMENT"] : [401, "SECOND_FACTOR_INVALID"]);
    },
  );

  test("tells nothing to who has not the password: code or none, the answer is the same", async () => {
    const { person, secret } = await guarded();
    for (const code of [undefined, shown(secret), "000000"]) {
      expect(await login(altalune, person, code, "a-wrong-password-1")).toMatchObject({
        status: 401,
        error: "CREDENTIALS_INVALID",
      });
    }
    expect((await login(altalune, person, shown(secret))).status).toBe(200);
  });

  test("bounds how often codes can be tried, also with the right password between", async () => {
    const { person } = await guarded();
    const body = { username: person.username, password: goodPassword };
    const from = async (code?: string) => {
      const answer = await ask(other, "POST /api/auth/login", { body: { ...body, ...(code && { totp_code: code }) } });
      return answer.body.error;
    };
    const told: string[] = [];
    for (let tries = 0; tries < 7; tries += 1) {
      told.push(await from("000000"));
      await from();
    }
    expect(told.slice(0, 5)).toEqual(Array(5).fill("SECOND_FACTOR_INVALID"));
    expect(told.at(-1)).toBe("TOO_MANY_FAILED_LOGINS");
  });

  test("is in the place of nothing else: its secret and codes are in no table and no log line", async () => {
    const { person, secret, recoveryCodes } = await guarded();
    await login(altalune, person, recoveryCodes[0]);
    const { secret: stored } = await altalune.db
      .selectFrom("altalune_user_totp as totp")
      .innerJoin("altalune_users as user", "user.id", "totp.user_id")
      .select("totp.secret")
      .where("user.public_id", "=", person.id)
      .executeTakeFirstOrThrow();
    expect(stored.includes(Buffer.from(Secret.fromBase32(secret).bytes))).toBe(false);
    for (const told of [secret, ...recoveryCodes]) {
      expect(altalune.logLines.join("")).not.toContain(told);
    }
    const filters = { actor: { values: [`user:${person.id}`] } };
    const { data } = await altalune.clients.audit.queryAuditEvents({ query: { filters } });
    expect(data.map(({ action }) => action)).toContain("user.totp_set");
    for (const { detail } of data) {
      expect(JSON.stringify(detail)).not.toMatch(new RegExp([secret, ...recoveryCodes].join("|")));
    }
  });
});

describe("a recovery code", () => {
  test("lets in who has lost the authenticator, once, in any case", async () => {
    const { person, cookie, recoveryCodes } = await guarded();
    const [first = "", second = ""] = recoveryCodes;
    const answers = await Promise.all([altalune, other].map((one) => login(one, person, first)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await login(altalune, person, ` ${second.toUpperCase()} `)).status).toBe(200);
    expect((await login(altalune, person, second)).status).toBe(401);
    expect((await ask(altalune, "GET /api/auth/totp", { cookie })).body.recovery_codes_left).toBe(8);
  });

  test("of one is none of another", async () => {
    const [ada, eve] = [await guarded(), await guarded()];
    expect((await login(altalune, ada.person, eve.recoveryCodes[0])).error).toBe("SECOND_FACTOR_INVALID");
  });
});

describe("whoever has a session and no password", () => {
  test("sets up no authenticator, and takes none away", async () => {
    const { cookie, person } = await guarded();
    const wrong = { cookie, body: { password: "a-wrong-password-1" } };
    expect((await ask(altalune, "DELETE /api/auth/totp", wrong)).body.error).toBe("CREDENTIALS_INVALID");
    expect((await ask(altalune, "POST /api/auth/totp", wrong)).body.error).toBe("CREDENTIALS_INVALID");
    expect((await ask(altalune, "DELETE /api/auth/totp", { cookie, body: {} })).status).toBe(400);
    expect((await login(altalune, person)).error).toBe("SECOND_FACTOR_REQUIRED");
  });

  test("does none of it from a page of another origin, or without a session", async () => {
    const { cookie } = await guarded();
    const body = { password: goodPassword };
    for (const line of ["POST /api/auth/totp", "DELETE /api/auth/totp", "POST /api/auth/totp/confirm"]) {
      const foreign = await ask(altalune, line, { cookie, body, headers: { origin: "https://evil.example" } });
      expect(foreign.body.error).toBe("FOREIGN_PAGE");
      expect((await ask(altalune, line, { body })).body.error).toBe("SESSION_INVALID");
    }
  });
});

test("an authenticator that is there is not replaced, and once it is removed the password is enough", async () => {
  const { cookie, person, recoveryCodes } = await guarded();
  const body = { password: goodPassword };
  expect((await ask(altalune, "POST /api/auth/totp", { cookie, body })).body.error).toBe("SECOND_FACTOR_SET");
  const confirm = { cookie, body: { totp_code: "000000" } };
  expect((await ask(altalune, "POST /api/auth/totp/confirm", confirm)).body.error).toBe("SECOND_FACTOR_SET");
  expect((await ask(altalune, "DELETE /api/auth/totp", { cookie, body })).status).toBe(204);
  expect((await login(other, person)).status).toBe(200);
  expect((await ask(altalune, "POST /api/auth/totp/confirm", confirm)).body.error).toBe("SECOND_FACTOR_NOT_BEGUN");
  const begun = await ask(altalune, "POST /api/auth/totp", { cookie, body });
  await ask(altalune, "POST /api/auth/totp/confirm", { cookie, body: { totp_code: shown(begun.body.secret) } });
  const filters = { actor: { values: [`user:${person.id}`] } };
  const { data } = await altalune.clients.audit.queryAuditEvents({ query: { filters } });
  const left = data.map(({ action }) => action).filter((action) => action.startsWith("user.totp"));
  expect(left.sort()).toEqual(["user.totp_removed", "user.totp_set", "user.totp_set"]);
  expect((await login(altalune, person, recoveryCodes[3])).error).toBe("SECOND_FACTOR_INVALID");
});

test("a secret that is moved to another user lets nobody in", async () => {
  const [ada, eve] = [await guarded(), await guarded()];
  const { db } = altalune;
  const idOf = async ({ person }: Guarded) =>
    (await db.selectFrom("altalune_users").select("id").where("public_id", "=", person.id).executeTakeFirstOrThrow())
      .id;
  const { secret } = await db
    .selectFrom("altalune_user_totp")
    .select("secret")
    .where("user_id", "=", await idOf(eve))
    .executeTakeFirstOrThrow();
  await db
    .updateTable("altalune_user_totp")
    .set({ secret })
    .where("user_id", "=", await idOf(ada))
    .execute();
  expect((await login(altalune, ada.person, shown(eve.secret))).status).toBe(500);
});
