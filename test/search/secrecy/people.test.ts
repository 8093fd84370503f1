import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { ask, codeOf, register, signIn } from "../../rules/sign_in/people.js";
import {
  atProvider,
  clientSecret,
  comeBack,
  depart,
  newAccount,
  sessionOf,
  startWithProvider,
  type TestProvider,
} from "../../rules/sign_in/provider.js";
import { SoftwareAuthenticator } from "../../rules/sign_in/software-authenticator.js";
import type { TestInstance } from "../../support/instance.js";
import { dumpOf } from "./dump.js";
import { SecretFinder } from "./secret-finder.js";

const passwords = ["harbour-thistle-83-quilt", "meadow-anvil-27-saffron"] as const;
/** As long as a secret, and none: it may be stored, and so proves the search. */
const mark = newSecret("mark_").slice(5).toLowerCase().slice(0, 30);

let altalune: TestInstance;
let provider: TestProvider;
/** Too short for the finder, which looks for parts of secrets. */
let recoveryCodes: readonly string[] = [];
const finder = new SecretFinder();
const markFinder = new SecretFinder();
const places: Record<string, readonly (readonly [place: string, text: string])[]> = {};

beforeAll(async () => {
  ({ altalune, provider } = await startWithProvider({ LOG_LEVEL: "trace", HOST: "localhost" }));
  await provider.start();
  markFinder.add("the mark", mark);
  const answers: [string, string][] = [];
  const heard = (line: string, body: unknown) => answers.push([line, JSON.stringify(body) ?? ""]);
  const secret = (name: string, text: string) => {
    expect(text, name).not.toBe("");
    finder.add(name, text);
    return text;
  };

  const [password, next] = passwords;
  secret("a password", password);
  secret("a second password", next);
  secret("a set-up code", codeOf(altalune.setupUrl ?? ""));
  const email = `${mark}@example.com`;
  const invited = await altalune.clients.users.inviteUser({ email, role: UserRole.VIEWER });
  const invitation = secret("an invitation", codeOf(invited.invitationUrl));
  const person = { username: mark, email, password, confirm_password: password, invitation };
  heard("wrong", (await register(altalune, { ...person, email: `x${email}` })).body);
  heard("weak", (await register(altalune, { ...person, password: `${password}x` })).body);
  heard("misplaced", (await register(altalune, { ...person, username: invitation, [password]: password })).body);
  heard("register", (await register(altalune, person)).body);
  heard("again", (await register(altalune, person)).body);
  heard("unreadable", (await ask(altalune, "POST /api/auth/login", { body: `{"password": "${password}` })).body);
  heard("failed", (await signIn(altalune, { username: mark, password: next })).answer.body);
  const { cookie, device, answer } = await signIn(altalune, { username: mark, password });
  heard("login", answer.body);
  secret("a session's token", cookie.split("=")[1] ?? "");
  secret("a browser's mark", device.split("=")[1] ?? "");
  const tokens = (await ask(altalune, "POST /api/auth/token", { cookie })).body;
  secret("an access token", tokens.access_token.split(".")[2]);
  const refreshToken = secret("a refresh token", tokens.refresh_token);
  const refreshed = await ask(altalune, "POST /api/auth/token/refresh", { body: { refresh_token: refreshToken } });
  secret("a second access token", refreshed.body.access_token.split(".")[2]);
  secret("a second refresh token", refreshed.body.refresh_token);
  heard("used", (await ask(altalune, "POST /api/auth/token/refresh", { body: { refresh_token: refreshToken } })).body);
  const { cookie: second } = await signIn(altalune, { username: mark, password });
  secret("a second session's token", second.split("=")[1] ?? "");
  const body = { current_password: password, new_password: next };
  heard("password", (await ask(altalune, "PUT /api/auth/password", { cookie: second, body })).body);
  const begun = (await ask(altalune, "POST /api/auth/totp", { cookie: second, body: { password: next } })).body;
  const authenticator = secret("an authenticator's secret", begun.secret);
  const totp = new TOTP({ secret: Secret.fromBase32(authenticator) });
  const confirmed = await ask(altalune, "POST /api/auth/totp/confirm", {
    cookie: second,
    body: { totp_code: totp.generate() },
  });
  recoveryCodes = confirmed.body.recovery_codes;
  const [recoveryCode] = recoveryCodes;
  const lost = { username: mark, password: next, totp_code: recoveryCode };
  heard("recovered", (await ask(altalune, "POST /api/auth/login", { body: lost })).body);
  heard("recovered twice", (await ask(altalune, "POST /api/auth/login", { body: lost })).body);
  const options = { cookie: second, body: { password: next } };
  const forMaking = (await ask(altalune, "POST /api/auth/passkeys/options", options)).body;
  secret("a challenge for making a passkey", forMaking.challenge);
  const phone = new SoftwareAuthenticator(altalune.url);
  const made = { cookie: second, body: { name: mark, response: phone.create(forMaking) } };
  const added = (await ask(altalune, "POST /api/auth/passkeys", made)).body;
  heard("passkey", added);
  heard("passkey twice", (await ask(altalune, "POST /api/auth/passkeys", made)).body);
  heard("passkeys", (await ask(altalune, "GET /api/auth/passkeys", { cookie: second })).body);
  const asking = await ask(altalune, "POST /api/auth/login", { body: { username: mark, password: next } });
  secret("a challenge for signing in", asking.body.passkey_options.challenge);
  const passkey = phone.get(asking.body.passkey_options);
  secret("what a passkey has signed", passkey.response.signature);
  heard(
    "by passkey",
    (await ask(altalune, "POST /api/auth/login", { body: { ...lost, totp_code: undefined, passkey } })).body,
  );
  heard(
    "replayed",
    (await ask(altalune, "POST /api/auth/login", { body: { ...lost, totp_code: undefined, passkey } })).body,
  );
  heard(
    "misshapen",
    (await ask(altalune, "POST /api/auth/login", { body: { ...lost, passkey: passkey.response } })).body,
  );
  heard("removed", (await ask(altalune, `DELETE /api/auth/passkeys/${added.id}`, options)).body);
  heard("me", (await ask(altalune, "GET /api/auth/me", { cookie: second })).body);
  heard("sessions", (await ask(altalune, "GET /api/auth/sessions", { cookie: second })).body);
  heard(
    "logged as",
    (await ask(altalune, "GET /api/auth/me", { headers: { "x-request-id": second.split("=")[1] ?? "" } })).body,
  );
  secret("the service's own secret at its provider", clientSecret);
  provider.account = newAccount();
  const visitor = await altalune.clients.users.inviteUser({ email: provider.account.email, role: UserRole.VIEWER });
  const flow = await depart(altalune, secret("a visitor's invitation", codeOf(visitor.invitationUrl)));
  secret("a sign-in that is under way", flow.cookie.split("=")[1] ?? "");
  const back = await atProvider(flow.url);
  secret("a code of the provider", new URL(back).searchParams.get("code") ?? "");
  heard("another browser", (await comeBack(back, undefined)).body);
  const arrived = await comeBack(back, flow.cookie);
  secret("a visitor's session", sessionOf(arrived).split("=")[1] ?? "");
  heard("arrived", arrived.headers.get("location"));
  heard("twice", (await comeBack(back, flow.cookie)).body);
  heard("keys", (await ask(altalune, "GET /.well-known/jwks.json")).body);
  const { users, audit } = altalune.clients;
  const { data: events } = await audit.queryAuditEvents({});
  heard(
    "users",
    (await users.queryUsers({})).data.map(({ email }) => email),
  );
  heard(
    "events",
    events.map(({ detail }) => detail),
  );

  places["answer"] = answers;
  places["metric"] = [["/metrics", await (await fetch(`${altalune.url}/metrics`)).text()]];
  places["log line"] = altalune.logLines.map((line) => [line.slice(0, 200), line]);
  places["table"] = await dumpOf(altalune.databaseUrl);
});
afterAll(async () => {
  await provider.stop();
  await altalune.stop();
});

describe("passwords, codes and tokens of a person", () => {
  test("were told, each once", () => {
    expect(finder.size).toBe(20);
  });

  test.each(["answer", "metric", "log line", "table"])("stand in no %s but the one that told them", (kind) => {
    expect(places[kind]).not.toEqual([]);
    expect(finder.findIn(places[kind] ?? [])).toEqual([]);
  });

  test.each(["answer", "table"])("would be found in a %s if they stood there", (kind) => {
    expect(markFinder.findIn(places[kind] ?? [])).not.toEqual([]);
  });

  test("have recovery codes that stand nowhere either", () => {
    expect(recoveryCodes).toHaveLength(10);
    const everywhere = JSON.stringify(places);
    expect(recoveryCodes.filter((code) => everywhere.includes(code))).toEqual([]);
  });

  test("are in the database as argon2id has them, and as digests", () => {
    const users = (places["table"] ?? []).find(([place]) => place === "table public.altalune_users")?.[1];
    expect(users).toMatch(/\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});
