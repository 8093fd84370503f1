import { sql } from "kysely";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestInstance } from "../../support/instance.js";
import {
  addAtOnce,
  addPasskey,
  askFrom,
  fresh,
  newcomer,
  newKeeper,
  removePasskey,
  startNamed,
  tryLogin,
  withPassword,
} from "./passkey-people.js";
import { untilOneWaits } from "./people.js";

let altalune: TestInstance;
let other: TestInstance;
beforeAll(async () => {
  altalune = await startNamed();
  other = await startNamed(altalune);
});
afterAll(async () => {
  await other.stop();
  await altalune.stop();
});

/** Sets an authenticator up. */
async function addTotp(cookie: string) {
  const begun = await askFrom(altalune, "POST /api/auth/totp", { cookie, body: withPassword });
  const totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) });
  const body = { totp_code: totp.generate({ timestamp: Date.now() - 30_000 }) };
  const confirmed = await askFrom(altalune, "POST /api/auth/totp/confirm", { cookie, body });
  expect(confirmed.status).toBe(200);
  return { recoveryCodes: confirmed.body.recovery_codes as readonly string[], totp };
}

const codesLeft = async (cookie: string) =>
  (await askFrom(altalune, "GET /api/auth/totp", { cookie })).body.recovery_codes_left;

test("recovery codes stand for a passkey, once", async () => {
  const { person, recoveryCodes } = await newKeeper(altalune);
  const by = (code: string | undefined) => tryLogin(altalune, person, { totp_code: code });
  expect((await by(recoveryCodes[0])).status).toBe(200);
  expect((await by(recoveryCodes[0])).error).toBe("SECOND_FACTOR_INVALID");
  expect((await by("000000")).error).toBe("SECOND_FACTOR_INVALID");
});

test("a recovery code is spent by who comes in alone", async () => {
  const { person, recoveryCodes } = await newKeeper(altalune);
  const login = () => tryLogin(altalune, person, { totp_code: recoveryCodes[0] });
  const transaction = await altalune.db.startTransaction().execute();
  await sql`lock table altalune_user_sessions in access exclusive mode`.execute(transaction);
  const kept = login();
  await untilOneWaits(altalune.db);
  await sql`
    select pg_cancel_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
  `.execute(altalune.db);
  expect((await kept).status).toBeGreaterThanOrEqual(500);
  await transaction.rollback().execute();
  expect((await login()).status).toBe(200);
});

test("recovery codes come with the first second factor, stay with the last, and go with it", async () => {
  const { person, cookie, passkeyId, recoveryCodes } = await newKeeper(altalune);
  const { recoveryCodes: none, totp } = await addTotp(cookie);
  expect(none).toEqual([]);
  expect((await addPasskey(altalune, cookie, fresh())).body.recovery_codes).toEqual([]);
  const asked = await tryLogin(altalune, person);
  expect(asked.factors).toEqual(["totp", "passkey"]);
  expect((await tryLogin(altalune, person, { totp_code: totp.generate() })).status).toBe(200);

  expect((await askFrom(altalune, "DELETE /api/auth/totp", { cookie, body: withPassword })).status).toBe(204);
  expect((await tryLogin(altalune, person)).factors).toEqual(["passkey"]);
  expect((await removePasskey(altalune, cookie, passkeyId)).status).toBe(204);
  expect(await codesLeft(cookie)).toBe(10);
  expect((await tryLogin(altalune, person, { totp_code: recoveryCodes[1] })).status).toBe(200);
  const { passkeys } = (await askFrom(altalune, "GET /api/auth/passkeys", { cookie })).body;
  expect((await removePasskey(altalune, cookie, passkeys[0].id)).status).toBe(204);
  expect(await codesLeft(cookie)).toBe(0);
  expect((await tryLogin(altalune, person)).status).toBe(200);

  await addPasskey(altalune, cookie, fresh());
  expect((await tryLogin(altalune, person, { totp_code: recoveryCodes[2] })).error).toBe("SECOND_FACTOR_INVALID");
});

test("recovery codes are not made twice where two first factors come at once", async () => {
  const { cookie } = await newcomer(altalune);
  const added = await addAtOnce([altalune, other], cookie);
  expect(added.map(({ body }) => body.recovery_codes.length).sort()).toEqual([0, 10]);
  expect(await codesLeft(cookie)).toBe(10);
});

test("recovery codes stay where an authenticator is given up that was never confirmed", async () => {
  const { cookie } = await newKeeper(altalune);
  await askFrom(altalune, "POST /api/auth/totp", { cookie, body: withPassword });
  expect((await askFrom(altalune, "DELETE /api/auth/totp", { cookie, body: withPassword })).status).toBe(204);
  expect(await codesLeft(cookie)).toBe(10);
});
