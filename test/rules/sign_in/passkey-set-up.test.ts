import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import {
  addAtOnce,
  addPasskey,
  askFrom,
  creationOptions,
  eventsOf,
  fresh,
  loginBy,
  newcomer,
  newKeeper,
  publicUrl,
  removePasskey,
  startNamed,
  tryLogin,
  withPassword,
} from "./passkey-people.js";
import { ask, isOpen, newPerson } from "./people.js";
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

async function namesOf(cookie: string): Promise<readonly string[]> {
  const { body } = await askFrom(altalune, "GET /api/auth/passkeys", { cookie });
  return body.passkeys.map(({ name }: { readonly name: string }) => name);
}

test("the options say who asks, for whom, and what is there already", async () => {
  const { person, cookie, authenticator } = await newKeeper(altalune);
  const options = await creationOptions(other, cookie);
  expect(options).toMatchObject({
    rp: { id: "localhost", name: "Altalune" },
    user: { name: person.username, displayName: person.username },
    attestation: "none",
    timeout: 300_000,
    authenticatorSelection: { userVerification: "preferred" },
    excludeCredentials: [{ id: authenticator.credentialId.toString("base64url") }],
  });
  expect(Buffer.from(options.challenge, "base64url").length).toBeGreaterThanOrEqual(32);
});

describe("the names of passkeys", () => {
  test("are chosen or made up, and no two of a user's are the same", async () => {
    const { cookie } = await newcomer(altalune);
    const added = async (name?: string) => (await addPasskey(altalune, cookie, fresh(), { name })).body;
    expect((await added()).name).toBe("Passkey");
    expect((await added("Passkey 2")).name).toBe("Passkey 2");
    expect((await added()).name).toBe("Passkey 3");
    expect((await added("ł🔑".repeat(32))).name).toHaveLength(96);
    expect((await added("Passkey")).error).toBe("PASSKEY_NAME_TAKEN");
    expect(await namesOf(cookie)).toEqual(["Passkey", "Passkey 2", "Passkey 3", "ł🔑".repeat(32)]);
  });

  test.each([
    ["empty", ""],
    ["blank", "  "],
    ["too long", "x".repeat(65)],
    ["of more than a line", "a\nb"],
    ["no text", 7],
    ["a secret of ours", newSecret("alt_session_")],
  ])("are not %s", async (_what, name) => {
    const { cookie } = await newcomer(altalune);
    const refused = await addPasskey(altalune, cookie, fresh(), { name });
    expect(refused).toMatchObject({ status: 400, body: { fields: { name: expect.any(String) } } });
    expect(JSON.stringify(refused.body)).not.toContain("alt_session_");
    expect(await namesOf(cookie)).toEqual([]);
  });
});

test("a name that is taken uses nothing up: the same passkey is added by another", async () => {
  const { cookie } = await newKeeper(altalune);
  const response = fresh().create(await creationOptions(altalune, cookie));
  const add = (name: string) => askFrom(altalune, "POST /api/auth/passkeys", { cookie, body: { name, response } });
  expect((await add("Passkey")).body.error).toBe("PASSKEY_NAME_TAKEN");
  expect((await add("Laptop")).status).toBe(201);
});

describe("a passkey is not added", () => {
  test.each([
    ["by a page of another origin", { origin: "https://evil.example" }],
    ["by a page within one of another site", { crossOrigin: true }],
    ["for another relying party", { rpId: "evil.example" }],
    ["where nobody was there", { flags: 4 }],
    ["by what is for signing in", { type: "webauthn.get" }],
    ["to a challenge that was made up", { challenge: randomBytes(36).toString("base64url") }],
  ])("%s", async (_what, as) => {
    const { cookie } = await newcomer(altalune);
    const refused = await addPasskey(altalune, cookie, fresh(), { as });
    expect(refused).toMatchObject({ status: 400, body: { fields: { response: expect.stringContaining(publicUrl) } } });
    expect(await namesOf(cookie)).toEqual([]);
  });

  test("to a challenge of another user, or one that was used", async () => {
    const [ada, eve] = [await newcomer(altalune), await newcomer(altalune)];
    const options = await creationOptions(altalune, ada.cookie);
    const add = (cookie: string) =>
      askFrom(altalune, "POST /api/auth/passkeys", { cookie, body: { response: fresh().create(options) } });
    expect((await add(eve.cookie)).status).toBe(400);
    const statuses = (await Promise.all([add(ada.cookie), add(ada.cookie)])).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 400]);
    expect((await add(ada.cookie)).status).toBe(400);
    expect([await namesOf(ada.cookie), await namesOf(eve.cookie)]).toEqual([["Passkey"], []]);
  });

  test("twice, by nobody", async () => {
    const { cookie, authenticator } = await newKeeper(altalune);
    expect((await addPasskey(altalune, cookie, authenticator)).body.error).toBe("PASSKEY_EXISTS");
    const { cookie: eves } = await newcomer(altalune);
    expect((await addPasskey(altalune, eves, authenticator)).body.error).toBe("PASSKEY_EXISTS");
  });

  test("with a credential's id that is longer than WebAuthn has them, or none", async () => {
    const { cookie } = await newcomer(altalune);
    for (const length of [0, 1024]) {
      const refused = await addPasskey(altalune, cookie, new SoftwareAuthenticator(publicUrl, length));
      expect([length, refused.status]).toEqual([length, 400]);
    }
    expect((await addPasskey(altalune, cookie, new SoftwareAuthenticator(publicUrl, 1023))).status).toBe(201);
  });

  test("with a certificate, which nobody has asked for, and nobody looks at", async () => {
    const { cookie } = await newcomer(altalune);
    const certificate = new X509Certificate(readFileSync(new URL("../server/fixtures/cert.pem", import.meta.url)));
    const key = createPrivateKey(readFileSync(new URL("../server/fixtures/key.pem", import.meta.url)));
    const refused = await addPasskey(altalune, cookie, fresh(), {
      as: { maker: { key, certificate: certificate.raw } },
    });
    expect(refused).toMatchObject({ status: 400, body: { fields: { response: expect.any(String) } } });
  });

  test("as the eleventh, also not of two that come at once", async () => {
    const { cookie } = await newcomer(altalune);
    for (let i = 0; i < 9; i += 1) {
      expect((await addPasskey(altalune, cookie, fresh())).status).toBe(201);
    }
    const tenth = await addAtOnce([altalune, other], cookie);
    expect(tenth.map(({ status }) => status).sort()).toEqual([201, 400]);
    const begun = await askFrom(altalune, "POST /api/auth/passkeys/options", { cookie, body: withPassword });
    expect(begun).toMatchObject({ status: 400, body: { error: "PASSKEY_LIMIT_REACHED" } });
    expect(await namesOf(cookie)).toHaveLength(10);
  });
});

describe("whoever has a session and no password", () => {
  test("adds no passkey, and takes none away", async () => {
    const keeper = await newKeeper(altalune);
    const { cookie } = keeper;
    const wrong = { cookie, body: { password: "a-wrong-password-1" } };
    const path = `/api/auth/passkeys/${keeper.passkeyId}`;
    expect((await askFrom(altalune, "POST /api/auth/passkeys/options", wrong)).body.error).toBe("CREDENTIALS_INVALID");
    expect((await askFrom(altalune, `DELETE ${path}`, wrong)).body.error).toBe("CREDENTIALS_INVALID");
    expect((await askFrom(altalune, `DELETE ${path}`, { cookie, body: {} })).status).toBe(400);
    expect((await loginBy(altalune, keeper)).status).toBe(200);
  });

  test("does none of it from a page of another origin, or without a session", async () => {
    const { cookie, passkeyId } = await newKeeper(altalune);
    for (const line of [
      "POST /api/auth/passkeys",
      "POST /api/auth/passkeys/options",
      `DELETE /api/auth/passkeys/${passkeyId}`,
    ]) {
      const foreign = await ask(altalune, line, {
        cookie,
        body: withPassword,
        headers: { origin: "https://evil.example" },
      });
      expect(foreign.body.error).toBe("FOREIGN_PAGE");
      expect((await ask(altalune, line, { body: withPassword })).body.error).toBe("SESSION_INVALID");
    }
    expect((await ask(altalune, "GET /api/auth/passkeys")).body.error).toBe("SESSION_INVALID");
  });
});

test("nobody takes away another's passkey, or one that is not there", async () => {
  const [ada, eve] = [await newKeeper(altalune), await newKeeper(altalune)];
  expect((await removePasskey(altalune, eve.cookie, ada.passkeyId)).body.error).toBe("PASSKEY_NOT_FOUND");
  expect((await removePasskey(altalune, eve.cookie, "22222222222222")).body.error).toBe("PASSKEY_NOT_FOUND");
  expect((await loginBy(altalune, ada)).status).toBe(200);
});

test("the trail tells of passkeys, open sessions go on, and a user who is deleted leaves none", async () => {
  const { person, cookie, passkeyId } = await newKeeper(altalune);
  await addPasskey(altalune, cookie, fresh(), { name: "Laptop" });
  await removePasskey(altalune, cookie, passkeyId);
  expect(await isOpen(altalune, cookie)).toBe(true);
  const events = await eventsOf(altalune, person);
  const told = events
    .filter(({ action }) => action.startsWith("user.passkey"))
    .map(({ action, actor, detail }) => [action, actor, detail?.["name"]]);
  expect(told.sort()).toEqual([
    ["user.passkey_added", `user:${person.id}`, "Laptop"],
    ["user.passkey_added", `user:${person.id}`, "Passkey"],
    ["user.passkey_removed", `user:${person.id}`, "Passkey"],
  ]);
  const count = async () =>
    (await altalune.db.selectFrom("altalune_user_passkeys").select("name").where("name", "=", "Laptop").execute())
      .length;
  const held = await count();
  await altalune.clients.users.deleteUser({ userId: person.id });
  expect(await count()).toBe(held - 1);
});

describe("where browsers come by a number", () => {
  test.each([
    ["that the service listens on", {}],
    ["of ALTALUNE_PUBLIC_URL", { ALTALUNE_PUBLIC_URL: "https://10.0.0.7" }],
    ["of IPv6", { ALTALUNE_PUBLIC_URL: "http://[::1]:4711" }],
  ])("%s, nobody adds a passkey, and is told what to do", async (_what, env) => {
    await using numbered = await startTestInstance({ beside: altalune, env });
    const person = await newPerson(altalune, UserRole.VIEWER);
    const { access_token: token } = (
      await ask(altalune, "POST /api/auth/token", { body: { username: person.username, ...withPassword } })
    ).body;
    const refused = await ask(numbered, "POST /api/auth/passkeys/options", { token, body: withPassword });
    expect(refused).toMatchObject({
      status: 400,
      body: { error: "PASSKEYS_UNAVAILABLE", message: expect.stringContaining("http://localhost:") },
    });
  });

  test("whoever has one is asked for a second factor all the same, and comes in by a recovery code", async () => {
    const { person, authenticator, recoveryCodes } = await newKeeper(altalune);
    const { options } = await tryLogin(altalune, person);
    await using numbered = await startTestInstance({ beside: altalune });
    expect(await tryLogin(numbered, person)).toEqual({
      status: 401,
      error: "SECOND_FACTOR_REQUIRED",
      options: undefined,
      factors: [],
    });
    const passkey = authenticator.get(options, { origin: numbered.url, rpId: "127.0.0.1" });
    expect((await tryLogin(numbered, person, { passkey })).error).toBe("SECOND_FACTOR_INVALID");
    expect((await tryLogin(numbered, person, { totp_code: recoveryCodes[0] })).status).toBe(200);
  });
});

test("what a request calls the host is not believed", async () => {
  const { cookie } = await newcomer(altalune);
  const body = withPassword;
  const headers = { "x-forwarded-host": "evil.example", forwarded: "host=evil.example" };
  const { rp } = (await askFrom(altalune, "POST /api/auth/passkeys/options", { cookie, body, headers })).body;
  expect(rp.id).toBe("localhost");
});
