import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, codeOf, isOpen, newPerson, signIn } from "./people.js";
import {
  atProvider,
  clientSecret,
  comeBack,
  depart,
  newAccount,
  sessionOf,
  signInAtProvider,
  startWithProvider,
  type TestProvider,
} from "./provider.js";

let altalune: TestInstance;
let provider: TestProvider;
beforeAll(async () => {
  ({ altalune, provider } = await startWithProvider());
  await provider.start();
});
beforeEach(() => {
  provider.account = newAccount();
  provider.alter = undefined;
});
afterAll(async () => {
  await provider.stop();
  await altalune.stop();
});

async function invite(email = provider.account.email, role = UserRole.DEVELOPER): Promise<string> {
  const { invitationUrl } = await altalune.clients.users.inviteUser({ email, role });
  return codeOf(invitationUrl);
}

/** Makes a user of whom the provider knows. */
async function newUser(): Promise<string> {
  const answer = await signInAtProvider(altalune, await invite());
  expect(answer.status).toBe(303);
  return sessionOf(answer);
}

describe("a sign-in at a provider", () => {
  test("leads there with PKCE, a state and a nonce, and back to this service, whatever the request says of its host", async () => {
    const response = await fetch(`${altalune.url}/api/auth/oidc/login`, {
      redirect: "manual",
      headers: { "x-forwarded-host": "evil.example" },
    });
    const url = new URL(response.headers.get("location") ?? "");
    expect(response.status).toBe(303);
    expect(url.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "altalune",
      response_type: "code",
      redirect_uri: `${altalune.url}/api/auth/oidc/callback`,
      scope: "openid email profile",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    const [cookie = ""] = response.headers.getSetCookie();
    expect(cookie.split("; ").slice(1).sort()).toEqual(["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"]);
    expect(cookie).not.toContain(url.searchParams.get("state"));
  });

  test("makes a user of whoever was invited, with the role of the invitation, and begins a session", async () => {
    const answer = await signInAtProvider(altalune, await invite());
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(`${altalune.url}/console`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.cookies.get("altalune_oidc")).toMatch(/^altalune_oidc=; Max-Age=0/);
    const me = await ask(altalune, "GET /api/auth/me", { cookie: sessionOf(answer) });
    const { email, preferred_username: username } = provider.account;
    expect(me).toMatchObject({ status: 200, body: { email, username, roles: ["developer"] } });
  });

  test("needs no invitation the second time, and makes another session, whatever the browser brought", async () => {
    const first = await newUser();
    const { url, cookie } = await depart(altalune);
    const answer = await comeBack(await atProvider(url), `${cookie}; ${first}`);
    expect(answer.status).toBe(303);
    expect(sessionOf(answer)).not.toBe(first);
    expect(await isOpen(altalune, sessionOf(answer))).toBe(true);
    const { data } = await altalune.clients.users.queryUsers({ query: { keyword: provider.account.email } });
    expect(data).toHaveLength(1);
  });

  test("goes by who it is at the provider, and not by the address, which may change there", async () => {
    const first = await newUser();
    const { email } = provider.account;
    provider.account = { ...provider.account, email: newAccount().email };
    const answer = await signInAtProvider(altalune);
    const [before, after] = await Promise.all(
      [first, sessionOf(answer)].map((cookie) => ask(altalune, "GET /api/auth/me", { cookie })),
    );
    expect(after?.body.id).toBe(before?.body.id);
    expect(after?.body.email).toBe(email);
  });

  test("gives another name to who comes with one that somebody has", async () => {
    const taken = await newPerson(altalune, UserRole.VIEWER);
    provider.account = newAccount({ preferred_username: taken.username });
    const me = await ask(altalune, "GET /api/auth/me", { cookie: await newUser() });
    expect(me.body.username).toMatch(new RegExp(`^${taken.username.slice(0, 27)}-[a-z2-9]{4}$`));
  });

  test("is in the trail, with who it was and where, and nothing of what was exchanged", async () => {
    const cookie = await newUser();
    const { id } = (await ask(altalune, "GET /api/auth/me", { cookie })).body;
    const { data } = await altalune.clients.audit.queryAuditEvents({
      query: { filters: { actor: { values: [`user:${id}`] } } },
    });
    expect(data.map(({ action }) => action)).toEqual(expect.arrayContaining(["user.registered", "user.signed_in"]));
    for (const { detail } of data) {
      expect(detail).toMatchObject({ issuer: provider.issuer });
      expect(JSON.stringify(detail)).not.toContain(provider.account.sub);
    }
  });

  test("is refused to a user who is disabled, and open again when the user is not", async () => {
    const cookie = await newUser();
    const { id } = (await ask(altalune, "GET /api/auth/me", { cookie })).body;
    await altalune.clients.users.updateUser({ userId: id, disabled: true });
    const refused = await signInAtProvider(altalune);
    expect(refused).toMatchObject({ status: 403, body: { error: "USER_DISABLED" } });
    expect(sessionOf(refused)).toBe("");
    await altalune.clients.users.updateUser({ userId: id, disabled: false });
    expect((await signInAtProvider(altalune)).status).toBe(303);
  });

  test("leaves nothing secret in the log", async () => {
    const code = await invite();
    const { url, cookie } = await depart(altalune, code);
    const back = await atProvider(url);
    const answer = await comeBack(back, cookie);
    const secrets = [code, clientSecret, cookie.split("=")[1], sessionOf(answer).split("=")[1]];
    const parameters = [new URL(back).searchParams.get("code"), new URL(url).searchParams.get("state")];
    for (const secret of [...secrets, ...parameters]) {
      expect(secret).toMatch(/.{20}/);
      expect(altalune.logLines.join("")).not.toContain(secret);
      expect(`${url} ${answer.headers.get("location")}`.replace(/state=[^&]*/, "")).not.toContain(secret);
    }
  });
});

describe("who comes back is refused", () => {
  const refused = async (answer: Promise<Awaited<ReturnType<typeof comeBack>>>, status: number, error: string) => {
    const { status: found, body, cookies } = await answer;
    expect({ status: found, error: body?.error }).toEqual({ status, error });
    expect(cookies.get("altalune_session")).toBeUndefined();
  };

  test("in another browser", async () => {
    await newUser();
    const { url } = await depart(altalune);
    const { cookie: another } = await depart(altalune);
    const back = await atProvider(url);
    await refused(comeBack(back, undefined), 400, "OIDC_FLOW_INVALID");
    await refused(comeBack(back, another), 400, "OIDC_FLOW_INVALID");
    await refused(comeBack(back, "altalune_oidc=AAAA"), 400, "OIDC_FLOW_INVALID");
  });

  test("with another state, none, or two", async () => {
    await newUser();
    const { url, cookie } = await depart(altalune);
    const back = new URL(await atProvider(url));
    const state = back.searchParams.get("state") ?? "";
    const withState = (...states: string[]) => {
      const altered = new URL(back);
      altered.searchParams.delete("state");
      for (const one of states) {
        altered.searchParams.append("state", one);
      }
      return comeBack(altered.href, cookie);
    };
    await refused(withState("x".repeat(43)), 400, "OIDC_FLOW_INVALID");
    await refused(withState(), 400, "OIDC_FLOW_INVALID");
    await refused(withState(state, state), 401, "OIDC_ANSWER_INVALID");
  });

  test("a second time with one code", async () => {
    await newUser();
    const { url, cookie } = await depart(altalune);
    const back = await atProvider(url);
    expect((await comeBack(back, cookie)).status).toBe(303);
    await refused(comeBack(back, cookie), 401, "OIDC_ANSWER_INVALID");
  });

  test("with the code of a sign-in that another browser began", async () => {
    await newUser();
    const [mine, theirs] = [await depart(altalune), await depart(altalune)];
    const back = new URL(await atProvider(mine.url));
    const code = new URL(await atProvider(theirs.url)).searchParams.get("code") ?? "";
    back.searchParams.set("code", code);
    await refused(comeBack(back.href, mine.cookie), 401, "OIDC_ANSWER_INVALID");
  });

  test.each([
    ["another nonce", { nonce: "x".repeat(43) }],
    ["no nonce", { nonce: undefined }],
    ["another audience", { aud: "another-service" }],
    ["an audience among others that it was not made for", { aud: ["altalune", "another"], azp: "another" }],
    ["another issuer", { iss: "https://evil.example" }],
    ["an end that is over", { exp: 1_700_000_000, iat: 1_699_999_000 }],
    ["no subject", { sub: undefined }],
  ])("with a token, signed by the provider, of %s", async (_what, altered) => {
    await newUser();
    provider.alter = (claims) => ({ ...claims, ...altered });
    await refused(signInAtProvider(altalune), 401, "OIDC_ANSWER_INVALID");
    provider.alter = (claims) => claims;
    expect((await signInAtProvider(altalune)).status).toBe(303);
  });

  test("with an address in the token of which only the user's profile says that another is verified", async () => {
    const invited = newAccount();
    provider.account = newAccount();
    provider.alter = (claims) => ({ ...claims, email: invited.email });
    const { invitationUrl } = await altalune.clients.users.inviteUser({ email: invited.email, role: UserRole.VIEWER });
    await refused(signInAtProvider(altalune, codeOf(invitationUrl)), 403, "INVITATION_INVALID");
    provider.alter = (claims) => claims;
  });

  test("when the provider says no", async () => {
    const { url, cookie } = await depart(altalune);
    const state = new URL(url).searchParams.get("state") ?? "";
    const query = new URLSearchParams({ error: "access_denied", state, iss: provider.issuer });
    const back = `${altalune.url}/api/auth/oidc/callback?${query}`;
    await refused(comeBack(back, cookie), 403, "OIDC_SIGN_IN_REFUSED");
  });

  test.each([
    ["is not verified", false],
    ["is said to be verified in a text", "true"],
    ["nobody speaks of", undefined],
  ])("with an address that %s, invited or not", async (_what, isVerified) => {
    provider.account = newAccount({ email_verified: isVerified });
    await refused(signInAtProvider(altalune, await invite()), 403, "OIDC_EMAIL_UNVERIFIED");
    await refused(signInAtProvider(altalune), 403, "OIDC_EMAIL_UNVERIFIED");
  });

  test("with the address of an account that there is, which stays as it is", async () => {
    const ada = await newPerson(altalune, UserRole.OWNER);
    provider.account = newAccount({ email: ada.email.toUpperCase() });
    const answer = await signInAtProvider(altalune);
    expect(answer).toMatchObject({ status: 409, body: { error: "OIDC_ACCOUNT_EXISTS" } });
    expect(answer.body.message).toContain("sign in with its password");
    const setup = codeOf(altalune.setupUrl ?? "");
    await refused(signInAtProvider(altalune, setup), 409, "OIDC_ACCOUNT_EXISTS");
    expect((await signIn(altalune, ada)).answer.status).toBe(200);
  });

  test("who was not invited, or with an invitation that is another's or was used", async () => {
    await refused(signInAtProvider(altalune), 403, "INVITATION_REQUIRED");
    const ofAnother = await invite(newAccount().email);
    await refused(signInAtProvider(altalune, ofAnother), 403, "INVITATION_INVALID");
    const code = await invite();
    await refused(signInAtProvider(altalune), 403, "INVITATION_REQUIRED");
    expect((await signInAtProvider(altalune, code)).status).toBe(303);
    provider.account = newAccount();
    await refused(signInAtProvider(altalune, code), 403, "INVITATION_INVALID");
    await refused(signInAtProvider(altalune, ofAnother), 403, "INVITATION_INVALID");
  });
});

test("whoever comes back with a browser, and is refused, is told at the console by the reason alone", async () => {
  const { url, cookie } = await depart(altalune);
  const state = new URL(url).searchParams.get("state") ?? "";
  const query = new URLSearchParams({
    error: "access_denied",
    error_description: "<b>no</b>",
    state,
    iss: provider.issuer,
  });
  const back = await fetch(`${altalune.url}/api/auth/oidc/callback?${query}`, {
    redirect: "manual",
    headers: { accept: "text/html,*/*;q=0.8", cookie, host: "evil.example" },
  });
  expect([back.status, back.headers.get("location")]).toEqual([
    303,
    `${altalune.url}/console?sign_in_error=OIDC_SIGN_IN_REFUSED`,
  ]);
  expect(back.headers.get("set-cookie")).toBeNull();
});

describe("a sign-in that says where it is to end", () => {
  const begin = async (returnTo: unknown, headers = {}) => {
    const answer = await ask(altalune, "POST /api/auth/oidc/login", { body: { return_to: returnTo }, headers });
    const cookie = answer.cookies.get("altalune_oidc")?.split(";", 1)[0] ?? "";
    return { answer, url: answer.body.authorization_url as string, cookie };
  };

  test.each([
    "/console",
    "/console/",
    "/console/projects/23456789abcdef",
    "/console/users?keyword=a%2Fb&next=//evil.example",
  ])("comes back to %s, and keeps that from the provider and from whoever else looks at the address", async (page) => {
    await newUser();
    const { url, cookie } = await begin(page);
    expect(decodeURIComponent(url)).not.toContain(decodeURIComponent(page));
    expect(cookie).not.toContain("console");
    const back = await comeBack(await atProvider(url), cookie);
    expect([back.status, back.headers.get("location")]).toEqual([303, altalune.url + page]);
  });

  test.each([
    "//evil.example",
    "//evil.example/console",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "https:",
    "https:evil.example",
    "https://evil.example/console",
    "javascript:alert(1)",
    "/console//evil.example",
    "/console/..//evil.example",
    "/console/../api/auth/logout",
    "/console/%2e%2e/%2e%2e//evil.example",
    "/console/%2F%2Fevil.example",
    "%2F%2Fevil.example",
    "/console\\evil.example",
    "/console@evil.example",
    "/console.evil.example",
    "/consoles",
    "/api/auth/logout",
    "/portal",
    "console",
    " /console",
    "/console\r\nset-cookie: a=b",
    "/console?a\r\nset-cookie: a=b",
    "/console?é",
    "/console#//evil.example",
    `/console?${"a".repeat(1000)}`,
    `/console/projects?keyword=whsec_${"ab%2B".repeat(11)}%3D`,
    "",
    7,
    ["/console"],
  ])("is refused with %j, which is no page of the console", async (page) => {
    const { answer } = await begin(page);
    expect(answer).toMatchObject({ status: 400, body: { fields: { return_to: expect.any(String) } } });
    expect(answer.cookies.size).toBe(0);
  });

  test("is no other page's to begin, and no link's", async () => {
    const foreign = await begin("/console/projects", { origin: "https://evil.example" });
    expect(foreign.answer).toMatchObject({ status: 403, body: { error: "FOREIGN_PAGE" } });
    for (const query of ["return_to=/console/projects", "return_to=//evil.example"]) {
      const linked = await ask(altalune, `GET /api/auth/oidc/login?${query}`);
      expect(linked).toMatchObject({ status: 400, body: { fields: { query: expect.any(String) } } });
    }
  });

  test("ends there when it is refused, too, and nowhere else by what the provider or a link brings", async () => {
    const { url, cookie } = await begin("/console/tiers?sort=name");
    const state = new URL(url).searchParams.get("state") ?? "";
    const query = new URLSearchParams({
      error: "access_denied",
      state,
      iss: provider.issuer,
      return_to: "//evil.example",
    });
    const browser = { accept: "text/html" };
    const back = await fetch(`${altalune.url}/api/auth/oidc/callback?${query}`, {
      redirect: "manual",
      headers: { ...browser, cookie },
    });
    expect(back.headers.get("location")).toBe(
      `${altalune.url}/console/tiers?sort=name&sign_in_error=OIDC_SIGN_IN_REFUSED`,
    );
    // Whatever stands in the cookie that this service has not sealed.
    for (const forged of [
      "",
      "//evil.example",
      Buffer.from('{"flow":{"returnTo":"//evil.example"}}').toString("base64url"),
    ]) {
      const told = await fetch(`${altalune.url}/api/auth/oidc/callback?${query}`, {
        redirect: "manual",
        headers: { ...browser, cookie: `altalune_oidc=${forged}` },
      });
      expect(told.headers.get("location")).toBe(`${altalune.url}/console?sign_in_error=OIDC_FLOW_INVALID`);
    }
  });
});

test("whether there is a provider is told to anybody", async () => {
  expect(await ask(altalune, "GET /api/auth/oidc")).toMatchObject({ status: 200, body: { enabled: true } });
});

test("an invitation goes in a body: in an address it is refused, as from a page of another origin", async () => {
  const inAddress = await ask(altalune, "GET /api/auth/oidc/login?invitation=x");
  expect(inAddress).toMatchObject({ status: 400, body: { fields: { query: expect.stringContaining("POST") } } });
  const headers = { origin: "https://evil.example" };
  const foreign = await ask(altalune, "POST /api/auth/oidc/login", { body: {}, headers });
  expect(foreign).toMatchObject({ status: 403, body: { error: "FOREIGN_PAGE" } });
});

test("who has come by a provider cannot be invited again, which would give the account another password", async () => {
  await newUser();
  const again = altalune.clients.users.inviteUser({ email: provider.account.email, role: UserRole.OWNER });
  await expect(again).rejects.toThrow(/another user has this email address/);
  const { answer } = await signIn(altalune, { username: provider.account.email, password: "" });
  expect(answer.status).toBe(400);
});

test("an owner who comes by a provider is the last owner as any other is", async () => {
  await using own = await aside();
  own.provider.account = newAccount();
  const answer = await signInAtProvider(own.altalune, codeOf(own.altalune.setupUrl ?? ""));
  const me = await ask(own.altalune, "GET /api/auth/me", { cookie: sessionOf(answer) });
  expect(me.body).toMatchObject({ roles: ["owner"], all_projects: true });
  await expect(own.altalune.clients.users.deleteUser({ userId: me.body.id })).rejects.toThrow(/last owner/);
});

test("a provider that signs with other keys from now on is believed at the next sign-in", async () => {
  await newUser();
  await provider.rotateKeys();
  expect((await signInAtProvider(altalune)).status).toBe(303);
  await provider.rotateKeys();
  expect((await signInAtProvider(altalune)).status).toBe(303);
});

test("the service starts while its provider is down, says so to who signs in, and goes on once it is back", async () => {
  await using own = await aside({ isDown: true });
  expect((await fetch(`${own.altalune.url}/readyz`)).status).toBe(200);
  const down = await ask(own.altalune, "GET /api/auth/oidc/login");
  expect(down).toMatchObject({ status: 503, body: { error: "OIDC_PROVIDER_UNAVAILABLE" } });
  expect(down.headers.get("retry-after")).toBe("5");
  expect(own.altalune.logLines.join("")).toContain("ECONNREFUSED");
  await own.provider.start();
  const setup = codeOf(own.altalune.setupUrl ?? "");
  const { url, cookie } = await depart(own.altalune, setup);
  const back = await atProvider(url);
  await own.provider.stop();
  expect(await comeBack(back, cookie)).toMatchObject({ status: 503, body: { error: "OIDC_PROVIDER_UNAVAILABLE" } });
  await own.provider.start();
  expect((await signInAtProvider(own.altalune, setup)).status).toBe(303);
});

test("without a provider there is none to sign in at", async () => {
  await using plain = await startTestInstance();
  expect(await ask(plain, "GET /api/auth/oidc")).toMatchObject({ status: 200, body: { enabled: false } });
  for (const line of ["GET /api/auth/oidc/login", "GET /api/auth/oidc/callback?code=x&state=y"]) {
    expect(await ask(plain, line)).toMatchObject({ status: 404, body: { error: "OIDC_NOT_CONFIGURED" } });
  }
});

describe("with a claim for roles", () => {
  let claimed: Awaited<ReturnType<typeof aside>>;
  beforeAll(async () => {
    claimed = await aside({ env: { ALTALUNE_OIDC_ROLE_CLAIM: "role" } });
  });
  afterAll(() => claimed[Symbol.asyncDispose]());

  const come = async (role: unknown, sub?: string) => {
    claimed.provider.account = newAccount({ role, ...(sub !== undefined && { sub }) });
    const answer = await signInAtProvider(claimed.altalune);
    const me = await ask(claimed.altalune, "GET /api/auth/me", { cookie: sessionOf(answer) });
    return { status: answer.status, error: answer.body?.error, roles: me.body.roles, projects: me.body.project_ids };
  };

  test.each([
    ["viewer", "viewer"],
    ["admin", "admin"],
    [["of-another-service", "developer", "viewer"], "developer"],
  ])("who is %j there comes without an invitation as %s, in no project yet", async (claim, role) => {
    expect(await come(claim)).toMatchObject({ status: 303, roles: [role], projects: [] });
  });

  test.each([undefined, "", "superuser", "OWNER", [["owners"]], { owner: true }, 1, null, "admin viewer"])(
    "who is %j there does not come",
    async (claim) => {
      expect(await come(claim)).toMatchObject({ status: 403, error: "OIDC_ROLE_UNKNOWN" });
    },
  );

  test("who has less there than before has less here from the next sign-in on, in every session", async () => {
    const sub = `sub-${Date.now()}`;
    claimed.provider.account = newAccount({ role: "admin", sub });
    const earlier = sessionOf(await signInAtProvider(claimed.altalune));
    expect(await come("viewer", sub)).toMatchObject({ status: 303, roles: ["viewer"] });
    const me = await ask(claimed.altalune, "GET /api/auth/me", { cookie: earlier });
    expect(me.body.roles).toEqual(["viewer"]);
    expect(await come("admin", sub)).toMatchObject({ status: 303, roles: ["viewer"] });
    expect(await come("nothing", sub)).toMatchObject({ status: 403, error: "OIDC_ROLE_UNKNOWN" });
  });

  test("whose role somebody has set here is held to the claim no more", async () => {
    const sub = `sub-${Date.now()}`;
    claimed.provider.account = newAccount({ role: "viewer", sub });
    const me = await ask(claimed.altalune, "GET /api/auth/me", {
      cookie: sessionOf(await signInAtProvider(claimed.altalune)),
    });
    await claimed.altalune.clients.users.updateUser({ userId: me.body.id, role: UserRole.ADMIN });
    expect(await come("viewer", sub)).toMatchObject({ status: 303, roles: ["admin"] });
  });

  test("the last owner stays one, whatever the claim says", async () => {
    const sub = `sub-${Date.now()}`;
    expect(await come("owner", sub)).toMatchObject({ status: 303, roles: ["owner"] });
    expect(await come("viewer", sub)).toMatchObject({ status: 303, roles: ["owner"] });
    expect(await come("owner")).toMatchObject({ status: 303, roles: ["owner"] });
    expect(await come("viewer", sub)).toMatchObject({ status: 303, roles: ["viewer"] });
  });

  test("whom somebody has invited has the role of the invitation, whatever the claim says", async () => {
    claimed.provider.account = newAccount({ role: "owner" });
    const { email } = claimed.provider.account;
    const { invitationUrl } = await claimed.altalune.clients.users.inviteUser({ email, role: UserRole.VIEWER });
    expect((await signInAtProvider(claimed.altalune)).body?.error).toBe("INVITATION_REQUIRED");
    const answer = await signInAtProvider(claimed.altalune, codeOf(invitationUrl));
    const me = await ask(claimed.altalune, "GET /api/auth/me", { cookie: sessionOf(answer) });
    expect(me.body.roles).toEqual(["viewer"]);
  });
});

interface AsideOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly isDown?: boolean;
}

/** A product and a provider of their own; the provider says all in its ID tokens. */
async function aside({ env = {}, isDown = false }: AsideOptions = {}) {
  const own = await startWithProvider(env, { inToken: true });
  if (!isDown) {
    await own.provider.start();
  }
  return {
    ...own,
    async [Symbol.asyncDispose]() {
      await own.provider.stop();
      await own.altalune.stop();
    },
  };
}
