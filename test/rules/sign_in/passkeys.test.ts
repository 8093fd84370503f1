import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import type { TestInstance } from "../../support/instance.js";
import {
  addPasskey,
  askFrom,
  creationOptions,
  eventsOf,
  type Keeper,
  loginBy,
  newKeeper,
  publicUrl,
  removePasskey,
  requestOptions,
  startNamed,
  tryLogin,
} from "./passkey-people.js";
import { ask, goodPassword, newPerson } from "./people.js";
import { SoftwareAuthenticator } from "./software-authenticator.js";

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

test("a passkey is asked for beside the password, and lets in on every instance, for a session and for tokens", async () => {
  const { person, cookie, authenticator, passkeyId, recoveryCodes } = await newKeeper(altalune);
  expect(recoveryCodes).toHaveLength(10);
  const asked = await tryLogin(altalune, person);
  expect(asked).toMatchObject({ status: 401, error: "SECOND_FACTOR_REQUIRED", factors: ["passkey"] });
  expect(asked.options).toMatchObject({
    rpId: "localhost",
    allowCredentials: [
      {
        id: authenticator.credentialId.toString("base64url"),
        type: "public-key",
        transports: ["internal", "hybrid"],
      },
    ],
    userVerification: "preferred",
  });
  expect(await tryLogin(other, person, { passkey: authenticator.get(asked.options) })).toMatchObject({ status: 200 });
  const body = { username: person.username, password: goodPassword };
  const lacking = await ask(altalune, "POST /api/auth/token", { body });
  expect(lacking).toMatchObject({ status: 401, body: { error: "SECOND_FACTOR_REQUIRED" } });
  const passkey = authenticator.get(lacking.body.passkey_options);
  expect((await ask(altalune, "POST /api/auth/token", { body: { ...body, passkey } })).status).toBe(200);
  const { passkeys } = (await askFrom(altalune, "GET /api/auth/passkeys", { cookie })).body;
  expect(passkeys).toEqual([
    { id: passkeyId, name: "Passkey", created_at: expect.any(String), last_used_at: expect.any(String) },
  ]);
});

test("who has not the password learns nothing of passkeys, whatever comes with it", async () => {
  const keeper = await newKeeper(altalune);
  const bare = await newPerson(altalune, UserRole.VIEWER);
  const passkey = keeper.authenticator.get(await requestOptions(altalune, keeper.person));
  const answers = [];
  for (const [person, proof] of [
    [bare, {}],
    [keeper.person, {}],
    [bare, { passkey }],
    [keeper.person, { passkey }],
  ] as const) {
    const body = { username: person.username, password: "a-wrong-password-1", ...proof };
    const { status, body: told } = await ask(altalune, "POST /api/auth/login", { body });
    answers.push({ status, told: { ...told, instance: "" } });
  }
  expect(answers[0]).toMatchObject({ status: 401, told: { error: "CREDENTIALS_INVALID" } });
  expect(answers).toEqual(Array(4).fill(answers[0]));
  // What the passkey has signed was not used up by it.
  expect(await tryLogin(altalune, keeper.person, { passkey })).toMatchObject({ status: 200 });
});

describe("an answer is refused", () => {
  let keeper: Keeper;
  beforeAll(async () => {
    keeper = await newKeeper(altalune);
  });

  test.each([
    ["of a page of another origin", { origin: "https://evil.example" }],
    ["of a page within one of another site", { crossOrigin: true }],
    ["of a page of another port", { origin: "http://localhost:4712" }],
    ["of a page that goes by a number", { origin: "http://127.0.0.1:4711" }],
    ["for another relying party", { rpId: "evil.example" }],
    ["of a user who was not there", { flags: 4 }],
    ["of a kind that makes passkeys", { type: "webauthn.create" }],
    ["to a challenge that was made up", { challenge: randomBytes(36).toString("base64url") }],
    ["to no challenge", { challenge: "" }],
    ["by a credential that nobody has", { credentialId: randomBytes(32) }],
    ["for the passkey of another user", { userHandle: Buffer.from("22222222222222").toString("base64url") }],
  ])("%s", async (_what, as) => {
    expect(await loginBy(altalune, keeper, as)).toMatchObject(invalid);
    expect(await loginBy(altalune, keeper)).toMatchObject({ status: 200 });
  });

  test("by another's passkey, to one's own challenge or to the other's", async () => {
    const eve = await newKeeper(altalune);
    const own = await requestOptions(altalune, keeper.person);
    const others = await requestOptions(altalune, eve.person);
    for (const passkey of [
      eve.authenticator.get(own),
      eve.authenticator.get(own, { userHandle: "" }),
      eve.authenticator.get(others),
      eve.authenticator.get(own, { credentialId: keeper.authenticator.credentialId, userHandle: "" }),
      keeper.authenticator.get(others),
    ]) {
      expect(await tryLogin(altalune, keeper.person, { passkey })).toMatchObject(invalid);
      expect(await loginBy(altalune, keeper)).toMatchObject({ status: 200 });
    }
  });

  test("to a challenge for making passkeys, as a passkey made to one for signing in is", async () => {
    const forMaking = await creationOptions(altalune, keeper.cookie);
    const passkey = keeper.authenticator.get(forMaking);
    expect(await tryLogin(altalune, keeper.person, { passkey })).toMatchObject(invalid);
    const forSignIn = await requestOptions(altalune, keeper.person);
    const made = new SoftwareAuthenticator(publicUrl).create({ ...forSignIn, user: forMaking.user });
    const added = await askFrom(altalune, "POST /api/auth/passkeys", {
      cookie: keeper.cookie,
      body: { response: made },
    });
    expect(added).toMatchObject({ status: 400, body: { fields: { response: expect.stringContaining(publicUrl) } } });
  });

  test("whose signature was altered", async () => {
    const passkey = keeper.authenticator.get(await requestOptions(altalune, keeper.person));
    const signature = Buffer.from(passkey.response.signature, "base64url");
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const response = { ...passkey.response, signature: signature.toString("base64url") };
    expect(await tryLogin(altalune, keeper.person, { passkey: { ...passkey, response } })).toMatchObject(invalid);
  });
});

describe("a passkey's counter", () => {
  test("that goes back, or stands still, is refused, and the trail says so", async () => {
    const keeper = await newKeeper(altalune);
    expect(await loginBy(altalune, keeper, { count: 7 })).toMatchObject({ status: 200 });
    for (const count of [7, 3, 0]) {
      expect(await loginBy(other, keeper, { count })).toMatchObject(invalid);
    }
    const events = await eventsOf(altalune, keeper.person);
    const suspected = events.filter(({ action }) => action === "user.passkey_clone_suspected");
    expect(suspected).toHaveLength(3);
    expect(suspected[0]).toMatchObject({
      actor: "system",
      detail: { passkey_id: keeper.passkeyId, name: "Passkey" },
    });
    expect(await loginBy(altalune, keeper, { count: 8 })).toMatchObject({ status: 200 });
  });

  test("lets one of two in who come with the same count at once", async () => {
    const { person, authenticator } = await newKeeper(altalune);
    const options = [await requestOptions(altalune, person), await requestOptions(other, person)];
    const answers = await Promise.all(
      [altalune, other].map((one, i) =>
        tryLogin(one, person, { passkey: authenticator.get(options[i], { count: 5 }) }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  test("that is always 0 counts nothing", async () => {
    const keeper = await newKeeper(altalune);
    for (let i = 0; i < 2; i += 1) {
      expect(await loginBy(altalune, keeper, { count: 0 })).toMatchObject({ status: 200 });
    }
  });
});

test("a user who is disabled meanwhile is refused as by a wrong password", async () => {
  const { person, authenticator } = await newKeeper(altalune);
  const options = await requestOptions(altalune, person);
  await altalune.clients.users.updateUser({ userId: person.id, disabled: true });
  expect(await tryLogin(altalune, person, { passkey: authenticator.get(options) })).toMatchObject({
    status: 401,
    error: "CREDENTIALS_INVALID",
  });
});

test("a passkey that was removed meanwhile on another instance is good no more", async () => {
  const { person, cookie, authenticator, passkeyId } = await newKeeper(altalune);
  const second = new SoftwareAuthenticator(publicUrl);
  expect((await addPasskey(altalune, cookie, second)).status).toBe(201);
  const options = await requestOptions(altalune, person);
  expect((await removePasskey(other, cookie, passkeyId)).status).toBe(204);
  expect(await tryLogin(altalune, person, { passkey: authenticator.get(options) })).toMatchObject(invalid);
  expect(await tryLogin(altalune, person, { passkey: second.get(options) })).toMatchObject({ status: 200 });
});

test("wrong answers count as wrong passwords do, also with the right password between", async () => {
  const keeper = await newKeeper(altalune);
  const told: (string | undefined)[] = [];
  for (let tries = 0; tries < 7; tries += 1) {
    const { options } = await tryLogin(other, keeper.person);
    const challenge = options ?? { challenge: "" };
    const passkey = keeper.authenticator.get(challenge, { origin: "https://evil.example" });
    told.push((await tryLogin(other, keeper.person, { passkey })).error);
  }
  expect(told.slice(0, 5)).toEqual(Array(5).fill("SECOND_FACTOR_INVALID"));
  expect(told.at(-1)).toBe("TOO_MANY_FAILED_LOGINS");
});

test("an answer is as WebAuthn has it, and is sent alone", async () => {
  const { person, authenticator } = await newKeeper(altalune);
  const passkey = authenticator.get(await requestOptions(altalune, person));
  const faultsOf = async (proof: Readonly<Record<string, unknown>>) => {
    const body = { username: person.username, password: goodPassword, ...proof };
    const answer = await ask(altalune, "POST /api/auth/login", { body });
    return answer.status === 400 ? Object.keys(answer.body.fields) : answer.status;
  };
  expect(await faultsOf({ passkey: "yes" })).toEqual(["passkey"]);
  expect(await faultsOf({ passkey: { ...passkey, id: "not base64!", type: "password" } })).toEqual([
    "passkey.id",
    "passkey.type",
  ]);
  expect(await faultsOf({ passkey: { ...passkey, response: { ...passkey.response, signature: 7 } } })).toEqual([
    "passkey.response.signature",
  ]);
  expect(await faultsOf({ passkey, totp_code: "000000" })).toEqual(["passkey"]);
  // What browsers will add to it is no fault.
  expect(await faultsOf({ passkey: { ...passkey, later: { than: "today" } } })).toBe(200);
});

test("challenges, credentials and keys are in no log line", async () => {
  const keeper = await newKeeper(altalune);
  const { challenge } = await requestOptions(altalune, keeper.person);
  await loginBy(altalune, keeper);
  const { credentialId, publicKey } = keeper.authenticator;
  const lines = altalune.logLines.join("");
  expect(lines).toContain("auth/login");
  for (const bytes of [credentialId, publicKey, Buffer.from(challenge, "base64url")]) {
    for (const form of ["base64url", "base64", "hex"] as const) {
      expect(lines).not.toContain(bytes.toString(form).slice(0, 20));
    }
  }
});
