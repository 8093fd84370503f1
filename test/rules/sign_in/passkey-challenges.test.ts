import { afterAll, beforeAll, expect, test } from "vitest";
import { setClockAhead } from "../../support/clock.js";
import type { TestInstance } from "../../support/instance.js";
import {
  askFrom,
  creationOptions,
  fresh,
  loginBy,
  newKeeper,
  requestOptions,
  startNamed,
  tryLogin,
} from "./passkey-people.js";

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

const invalid = { status: 401, error: "SECOND_FACTOR_INVALID" };

test("a challenge is good once, on all instances together", async () => {
  const { person, authenticator } = await newKeeper(altalune);
  const options = await requestOptions(altalune, person);
  // Each is signed anew, so that the challenge alone is the same.
  const tries = [altalune, other, altalune, other].map((one) =>
    tryLogin(one, person, { passkey: authenticator.get(options, { count: 0 }) }),
  );
  expect((await Promise.all(tries)).map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  expect(await tryLogin(altalune, person, { passkey: authenticator.get(options, { count: 0 }) })).toMatchObject(
    invalid,
  );
});

test("a challenge is not another one for being written otherwise", async () => {
  const { person, authenticator } = await newKeeper(altalune);
  const { challenge } = await requestOptions(altalune, person);
  const by = (sent: string) => tryLogin(altalune, person, { passkey: authenticator.get({ challenge: sent }) });
  expect(await by(challenge)).toMatchObject({ status: 200 });
  expect(await by(`${challenge}==`)).toMatchObject(invalid);
  expect(await by(`${challenge} `)).toMatchObject(invalid);
});

test("a challenge is good for five minutes", async () => {
  const { person, cookie, authenticator } = await newKeeper(altalune);
  const options = await requestOptions(altalune, person);
  const forMaking = await creationOptions(altalune, cookie);
  const response = fresh().create(forMaking);
  const passkey = authenticator.get(options);
  try {
    await setClockAhead(altalune.db, 5 * 60_000);
    expect(await tryLogin(altalune, person, { passkey })).toMatchObject(invalid);
    const late = await askFrom(altalune, "POST /api/auth/passkeys", { cookie, body: { response } });
    expect(late).toMatchObject({ status: 400, body: { fields: { response: expect.stringContaining("5 minutes") } } });
  } finally {
    await setClockAhead(altalune.db, 0);
  }
  expect(await tryLogin(altalune, person, { passkey })).toMatchObject({ status: 200 });
});

test("a challenge that nobody answers leaves nothing behind, and one that was answered is forgotten after its time", async () => {
  const count = async () => {
    const rows = await altalune.db.selectFrom("altalune_user_passkey_challenges").select("digest").execute();
    return rows.length;
  };
  const keeper = await newKeeper(altalune);
  const before = await count();
  await requestOptions(altalune, keeper.person);
  await creationOptions(altalune, keeper.cookie);
  expect(await count()).toBe(before);
  await loginBy(altalune, keeper);
  expect(await count()).toBe(before + 1);
  await altalune.services.passkeys.purge();
  expect(await count()).toBe(before + 1);
  try {
    await setClockAhead(altalune.db, 11 * 60_000);
    await altalune.services.passkeys.purge();
    // The server's own purge may be at some of them.
    await expect.poll(count).toBe(0);
  } finally {
    await setClockAhead(altalune.db, 0);
  }
});
