import { createPrivateKey, createPublicKey } from "node:crypto";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, newPerson, type Person, signIn } from "./people.js";

let altalune: TestInstance;
let other: TestInstance;
let ada: Person;
beforeAll(async () => {
  altalune = await startTestInstance();
  other = await startTestInstance({ beside: altalune });
  ada = await newPerson(altalune, UserRole.VIEWER);
});
afterAll(async () => {
  await other.stop();
  await altalune.stop();
});

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function tokens(): Promise<Tokens> {
  const { username, password } = ada;
  return (await ask(altalune, "POST /api/auth/token", { body: { username, password } })).body;
}

async function refresh(instance: TestInstance, refreshToken: string) {
  return ask(instance, "POST /api/auth/token/refresh", { body: { refresh_token: refreshToken } });
}

const works = async (token: string) => [
  (await ask(altalune, "GET /api/auth/me", { token })).status,
  (await ask(other, "GET /v1/projects", { token })).status,
];
const good = [200, 200];
const bad = [401, 401];

test("a program signs in for tokens, by which it calls what its user may", async () => {
  const { username, password } = ada;
  const answer = await ask(altalune, "POST /api/auth/token", { body: { username, password } });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    access_token: expect.stringMatching(/^eyJ/),
    token_type: "Bearer",
    expires_in: 900,
    refresh_token: expect.stringMatching(/^alt_refresh_/),
  });
  expect(answer.cookies.size).toBe(0);
  expect(await works(answer.body.access_token)).toEqual(good);
  const denied = await ask(altalune, "POST /v1/projects", { token: answer.body.access_token, body: { name: "Mine" } });
  expect(denied.status).toBe(403);
});

test("a browser's session gives tokens, which end with it", async () => {
  const { cookie } = await signIn(altalune, ada);
  const answer = await ask(altalune, "POST /api/auth/token", { cookie });
  expect(answer.status).toBe(200);
  expect(await works(answer.body.access_token)).toEqual(good);
  await ask(altalune, "POST /api/auth/logout", { cookie });
  expect(await works(answer.body.access_token)).toEqual(bad);
  expect((await refresh(other, answer.body.refresh_token)).status).toBe(401);
});

test("an access token alone gives no other tokens: whoever steals one has a quarter of an hour", async () => {
  const { access_token: token } = await tokens();
  const answer = await ask(altalune, "POST /api/auth/token", { token });
  expect(answer).toMatchObject({ status: 401, body: { error: "SESSION_INVALID" } });
  expect(await works(token)).toEqual(good);
});

test("a logout by the token itself ends it", async () => {
  const { access_token: token } = await tokens();
  expect((await ask(other, "POST /api/auth/logout", { token })).status).toBe(204);
  expect(await works(token)).toEqual(bad);
});

test("others can check an access token by the keys that are published, and none of these is secret", async () => {
  const { access_token: token } = await tokens();
  const keys = await ask(altalune, "GET /.well-known/jwks.json");
  expect(keys.body.keys).toEqual([
    { kty: "OKP", crv: "Ed25519", x: expect.any(String), kid: expect.any(String), alg: "EdDSA", use: "sig" },
  ]);
  const remote = createRemoteJWKSet(new URL(`${altalune.url}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(token, remote, { issuer: "altalune", typ: "at+jwt" });
  expect(protectedHeader.alg).toBe("EdDSA");
  expect(payload).toMatchObject({ sub: ada.id, aud: "altalune", sid: expect.stringMatching(/^[a-z0-9]{14}$/) });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
});

describe("an access token is refused", () => {
  test("that has no signature, another's, or an HMAC of the published key", async () => {
    const { access_token: token } = await tokens();
    const claims = decodeJwt(token);
    const { kid } = decodeProtectedHeader(token);
    const [{ x }] = (await ask(altalune, "GET /.well-known/jwks.json")).body.keys;
    const header = { typ: "at+jwt", kid: kid ?? "" };
    const forged = [
      new UnsecuredJWT(claims).encode(),
      await new SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256" }).sign(Buffer.from(x, "base64url")),
      await new SignJWT(claims).setProtectedHeader({ ...header, alg: "HS256", kid: "none" }).sign(Buffer.alloc(32)),
      `${token.slice(0, -4)}AAAA`,
      token.replace(/\..*\./, `.${Buffer.from(JSON.stringify({ ...claims, sub: "x" })).toString("base64url")}.`),
    ];
    for (const one of forged) {
      expect(await works(one), one).toEqual(bad);
    }
    expect(await works(token)).toEqual(good);
  });

  test("whose 15 minutes are over, though its session goes on", async () => {
    const { access_token: token, refresh_token: refreshToken } = await tokens();
    expect(await works(token)).toEqual(good);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 901_000 });
    try {
      expect(await works(token)).toEqual(bad);
    } finally {
      vi.useRealTimers();
    }
    expect((await refresh(altalune, refreshToken)).status).toBe(200);
  });
});

describe("a refresh token", () => {
  test("gives new tokens, by every instance", async () => {
    const first = await tokens();
    const second = await refresh(other, first.refresh_token);
    expect(second).toMatchObject({ status: 200, body: { expires_in: 900 } });
    expect(await works(second.body.access_token)).toEqual(good);
    expect((await refresh(altalune, second.body.refresh_token)).status).toBe(200);
  });

  test("that comes twice was stolen: nothing of its family works any more", async () => {
    const first = await tokens();
    const second = (await refresh(altalune, first.refresh_token)).body as Tokens;
    const third = (await refresh(altalune, second.refresh_token)).body as Tokens;
    expect(await refresh(other, first.refresh_token)).toMatchObject({
      status: 401,
      body: { error: "REFRESH_TOKEN_INVALID" },
    });
    for (const token of [first, second, third]) {
      expect(await works(token.access_token)).toEqual(bad);
    }
    expect((await refresh(altalune, third.refresh_token)).status).toBe(401);
  });

  test("that two use at once ends the session, whoever comes first", async () => {
    const { refresh_token: stolen } = await tokens();
    const answers = await Promise.all([refresh(altalune, stolen), refresh(other, stolen)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const winner = answers.find(({ status }) => status === 200)?.body as Tokens;
    expect(await works(winner.access_token)).toEqual(bad);
  });

  test("that two replay at once is refused to both, and the trail has one event of it", async () => {
    const first = await tokens();
    await refresh(altalune, first.refresh_token);
    const answers = await Promise.all([altalune, other, altalune].map((one) => refresh(one, first.refresh_token)));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 401, body: { error: "REFRESH_TOKEN_INVALID" } });
    }
    const { sid } = decodeJwt(first.access_token);
    const filters = { action: { values: ["user.refresh_token_replayed"] } };
    const { data } = await altalune.clients.audit.queryAuditEvents({ query: { filters } });
    expect(data.filter(({ detail }) => detail?.["session_id"] === sid)).toMatchObject([{ actor: "system" }]);
  });

  test("is no access token, and an access token is none", async () => {
    const { access_token: access, refresh_token: refreshToken } = await tokens();
    expect(await works(refreshToken)).toEqual(bad);
    expect((await refresh(altalune, access)).status).toBe(400);
    expect((await refresh(altalune, "alt_refresh_made-up")).status).toBe(401);
  });
});

test("keys are replaced after 30 days, and tokens of the one before are good until they end", async () => {
  await using own = await startTestInstance();
  const person = await newPerson(own, UserRole.VIEWER);
  const { username, password } = person;
  const issue = async (instance: TestInstance) =>
    (await ask(instance, "POST /api/auth/token", { body: { username, password } })).body.access_token as string;
  const before = await issue(own);
  await sql`update altalune_token_keys set created_at = created_at - interval '30 days'`.execute(own.db);
  await using fresh = await startTestInstance({ beside: own });
  const after = await issue(fresh);
  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
  for (const token of [before, after]) {
    expect((await ask(fresh, "GET /api/auth/me", { token })).status).toBe(200);
    await expect.poll(async () => (await ask(own, "GET /api/auth/me", { token })).status, { timeout: 5_000 }).toBe(200);
  }
  const { rows } = await sql`select id from altalune_token_keys`.execute(own.db);
  expect(rows).toHaveLength(2);
});

test("a key that is deleted from the database is good for another minute, and no longer", async () => {
  await using own = await startTestInstance();
  const { username, password } = await newPerson(own, UserRole.VIEWER);
  const { access_token: token } = (await ask(own, "POST /api/auth/token", { body: { username, password } })).body;
  const status = async () => (await ask(own, "GET /api/auth/me", { token })).status;
  expect(await status()).toBe(200);
  await sql`delete from altalune_token_keys`.execute(own.db);
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + 61_000);
  try {
    expect(await status()).toBe(401);
  } finally {
    clock.mockRestore();
  }
});

test("private keys are sealed in the database: no 32 bytes of what is stored are one", async () => {
  await tokens();
  const { rows } = await sql<{ x: string; sealed: Buffer }>`
    select public_key->>'x' as x, private_key as sealed from altalune_token_keys
  `.execute(altalune.db);
  expect(rows).toHaveLength(1);
  for (const { x, sealed } of rows) {
    expect(sealed.length).toBeGreaterThan(32);
    expect(sealed.toString("latin1")).not.toMatch(/kty|OKP|Ed25519|PRIVATE|"d"/);
    expect(sealed.includes(x)).toBe(false);
    const seeds = Array.from({ length: sealed.length - 31 }, (_, at) => sealed.subarray(at, at + 32));
    expect(seeds.filter((seed) => publicPartOf(seed) === x)).toEqual([]);
  }
});

/** What belongs to an Ed25519 key whose secret is this, as a JWK has it. */
function publicPartOf(seed: Buffer): string | undefined {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })).export({ format: "jwk" }).x;
}
