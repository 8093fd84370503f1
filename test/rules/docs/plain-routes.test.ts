import { readFileSync } from "node:fs";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { graphqlPath } from "../../../src/server/faces/graphql/graphql-face.js";
import { ownKeysRoutes } from "../../../src/server/faces/rest/own-keys-routes.js";
import { routesOf } from "../../../src/server/faces/routes.js";
import { githubPath } from "../../../src/server/leaks/github-face.js";
import { authRoutes } from "../../../src/server/sign_in/routes.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { everyRpc } from "../authority/every-rpc.js";
import { keysAnswer, newPair, signed } from "../exposure/github.js";
import { fresh, newcomer, publicUrl, startNamed } from "../sign_in/passkey-people.js";
import { type AskOptions, ask, codeOf, goodPassword, newPerson, signIn } from "../sign_in/people.js";
import { newAccount, signInAtProvider, startWithProvider, type TestProvider } from "../sign_in/provider.js";
import { faultsOf, type Operation, operations } from "./openapi.js";
import { shapeFaults } from "./shape.js";

const plain = operations.filter(({ path }) => !path.startsWith("/v1/"));
const lineOf = ({ method, path }: Operation) => `${method.toUpperCase()} ${path}`;

/** Its body is a list, and nothing of it is looked at that is not signed: test/rules/exposure has what it refuses. */
const unsigned = plain.filter(({ path }) => path !== githubPath);
const pair = newPair();

let altalune: TestInstance;
let provider: TestProvider;
let named: TestInstance;
let cookie: string;
let portalToken: string;
beforeAll(async () => {
  ({ altalune, provider } = await startWithProvider({ ALTALUNE_GITHUB_KEYS: keysAnswer(pair) }));
  await provider.start();
  named = await startNamed();
  ({ cookie } = await signIn(altalune, await newPerson(altalune, UserRole.VIEWER)));
  const projectId = await newProject(altalune.clients, { ownerAccess: { ownerScopes: ["orders:read"] } });
  portalToken = await newPortalToken(altalune, projectId, "ada");
});
afterAll(async () => {
  await provider.stop();
  await named.stop();
  await altalune.stop();
});

/** The password of whoever is in the examples. */
const samplePassword = "wintry-orchard-41-lamp";

/** A credential that an operation takes. */
function credentialOf({ security = [] }: Operation): AskOptions {
  if (security.some((kind) => "portalToken" in kind)) {
    return { token: portalToken };
  }
  return security.some((kind) => "accessToken" in kind) ? { cookie } : {};
}

/** The lines of a table of routes, with whatever a path names as `{}`. */
function linesOf(table: Readonly<Record<string, object>>): readonly string[] {
  return Object.entries(table).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.replace(/\{[\w.]+\}/g, "{}")}`),
  );
}

test("docs/openapi.json has every route of the product, and no other", () => {
  const ofRpcs = everyRpc.flatMap(routesOf).map(({ httpMethod, template }) => ({ [template]: { [httpMethod]: {} } }));
  const others = { [graphqlPath]: { POST: {} }, [githubPath]: { POST: {} } };
  const served = [...ofRpcs, authRoutes, ownKeysRoutes, others].flatMap(linesOf);
  const told = operations.map((operation) => lineOf(operation).replace(/\{\w+\}/g, "{}"));
  expect(told.sort()).toEqual(served.sort());
});

test("docs/api.md has every plain route", () => {
  const page = readFileSync("docs/api.md", "utf8");
  expect([...page.matchAll(/^#### (\w+ \/.*)$/gm)].map(([, line]) => line).sort()).toEqual(plain.map(lineOf).sort());
});

describe("what docs/openapi.json says of a plain route's body is what the product reads:", () => {
  const withBody = unsigned.filter(({ bodySchema }) => bodySchema !== undefined);
  test.each(withBody.map((operation) => [lineOf(operation), operation] as const))("%s", async (line, operation) => {
    const { properties = {}, required = [], additionalProperties } = operation.bodySchema ?? {};
    const path = line.replace("{id}", "2".repeat(14));
    const send = (body: object) => ask(altalune, path, { ...credentialOf(operation), body });
    expect(additionalProperties).toBe(false);
    // What no member may be is refused by the name of each, as is a member that there is none of.
    for (const member of [...Object.keys(properties), "nonesuch"]) {
      const { status, body } = await send({ ...(operation.body as object), [member]: [[]] });
      expect([member, status]).toEqual([member, 400]);
      expect(JSON.stringify(body)).toContain(member);
    }
    for (const member of required) {
      const { status, body } = await send({});
      expect([member, status]).toEqual([member, 400]);
      expect(JSON.stringify(body)).toContain(member);
    }
  });
});

describe("a plain route refuses as docs/openapi.json says:", () => {
  test.each(unsigned.map((operation) => [lineOf(operation), operation] as const))("%s", async (line, operation) => {
    const path = line.replace("{id}", "2".repeat(14));
    const refused = async (options: AskOptions, status: number) => {
      const answer = await ask(altalune, path, options);
      expect(answer.status).toBe(status);
      expect(faultsOf(operation, status, answer.body)).toEqual([]);
      return answer;
    };
    const body = operation.body === undefined ? {} : { body: operation.body };
    const isOpen = operation.security?.some((kind) => Object.keys(kind).length === 0) ?? false;
    if (operation.security?.length !== 0 && !isOpen) {
      const { headers } = await refused(body, 401);
      expect(headers.get("www-authenticate")).toBe('Bearer realm="altalune"');
      await refused({ cookie, token: portalToken, ...body }, 401);
    }
    if (operation.body !== undefined) {
      await refused({ ...credentialOf(operation), body: "a=b", headers: { "content-type": "text/plain" } }, 415);
      await refused({ ...credentialOf(operation), body: "x".repeat(2 ** 21) }, 413);
      await refused({ ...credentialOf(operation), body: "{" }, 400);
    }
    if (operation.refusals.includes(403) && operation.method !== "get") {
      const isUsers = operation.security?.some((kind) => "sessionCookie" in kind) === true;
      const credential = isUsers ? { cookie } : {};
      await refused({ ...credential, ...body, headers: { origin: "https://evil.example" } }, 403);
    }
  });
});

test("the examples of plain routes in docs/openapi.json are answered as it says", async () => {
  const open = new Map(plain.map((operation) => [lineOf(operation), operation]));
  /** Sends the example of a route, with what is real in the place of what stands for it there. */
  const run = async (
    line: string,
    credential: AskOptions,
    real: Readonly<Record<string, string>> = {},
    instance = altalune,
  ) => {
    const operation = open.get(line);
    if (operation === undefined) {
      throw new Error(`docs/openapi.json has no ${line}, or its example was run before`);
    }
    open.delete(line);
    const replaced = (text: string) =>
      Object.entries(real).reduce((all, [name, value]) => all.replaceAll(name, value), text);
    const path = operation.parameters.reduce(
      (all, { name, example }) => all.replace(`{${name}}`, replaced(String(example))),
      line,
    );
    const body = operation.body === undefined ? undefined : replaced(JSON.stringify(operation.body));
    const answer = await ask(instance, path, { ...credential, ...(body !== undefined && { body }) });
    expect(answer.status, `${line}: ${JSON.stringify(answer.body)}`).toBe(operation.success);
    expect(faultsOf(operation, answer.status, answer.body), line).toEqual([]);
    expect(shapeFaults(operation.answer, answer.body), line).toEqual([]);
    return answer;
  };
  const cookieOf = ({ cookies }: Awaited<ReturnType<typeof run>>) =>
    cookies.get("altalune_session")?.split(";", 1)[0] ?? "";

  const invited = await altalune.clients.users.inviteUser({ email: "ada@example.com", role: UserRole.VIEWER });
  await run("POST /api/auth/register", {}, { "alt_invite_…": codeOf(invited.invitationUrl) });
  const browser = { cookie: cookieOf(await run("POST /api/auth/login", {})) };
  await run("GET /api/auth/me", browser);
  const { body: tokens } = await run("POST /api/auth/token", {});
  await run("POST /api/auth/token/refresh", {}, { "alt_refresh_…": tokens.refresh_token });
  await run("GET /.well-known/jwks.json", {});
  const { sessions } = (await run("GET /api/auth/sessions", { token: tokens.access_token })).body;
  const ofTokens = sessions.find(({ current }: { readonly current: boolean }) => current).id;
  await run("DELETE /api/auth/sessions/{id}", browser, { h6tq2wz8kx3mvp: ofTokens });
  await run("GET /api/auth/totp", browser);
  const { secret } = (await run("POST /api/auth/totp", browser)).body;
  const shown = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  await run("POST /api/auth/totp/confirm", browser, { "287082": shown });
  await run("DELETE /api/auth/totp", browser);
  await run("PUT /api/auth/password", browser);
  await run("DELETE /api/auth/sessions", browser);
  await run("POST /api/auth/logout", browser);

  // Browsers make passkeys for names alone.
  const { cookie: ofKeeper } = await newcomer(named);
  const keeper = { cookie: ofKeeper, headers: { origin: publicUrl } };
  const asKeeper = (line: string, real = {}) => run(line, keeper, real, named);
  const { body: options } = await asKeeper("POST /api/auth/passkeys/options", { [samplePassword]: goodPassword });
  const { id, response } = fresh().create(options);
  const { clientDataJSON, attestationObject } = response;
  const { body: added } = await asKeeper("POST /api/auth/passkeys", {
    q2wz8kx3mvph6t: id,
    eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0: clientDataJSON,
    o2NmbXRkbm9uZQ: attestationObject,
  });
  await asKeeper("GET /api/auth/passkeys");
  await asKeeper("DELETE /api/auth/passkeys/{id}", { w3kz7mt9qx2vbn: added.id, [samplePassword]: goodPassword });

  const owner = { token: portalToken };
  for (const path of ["/users/me/apikeys", "/api/keys"]) {
    const { body } = await run(`POST ${path}`, owner);
    const real = { b7cd4fhj9lpsu6: body.api_key?.id ?? body.id };
    await run(`GET ${path}`, owner);
    if (path === "/api/keys") {
      await run(`GET ${path}/{id}`, owner, real);
    }
    await run(`DELETE ${path}/{id}`, owner, real);
  }
  await run("POST /graphql", owner);
  const report = JSON.stringify(open.get(`POST ${githubPath}`)?.body);
  await run(`POST ${githubPath}`, { headers: signed(pair, report) });

  await run("GET /api/auth/oidc", {});
  await run("POST /api/auth/oidc/login", {});
  // The others lead a browser there and back, which is told of by where it goes.
  provider.account = newAccount();
  const toProvider = await fetch(`${altalune.url}/api/auth/oidc/login`, { redirect: "manual" });
  expect([toProvider.status, toProvider.headers.get("location")]).toEqual([
    303,
    expect.stringMatching(provider.issuer),
  ]);
  const { email } = provider.account;
  const { invitationUrl } = await altalune.clients.users.inviteUser({ email, role: UserRole.VIEWER });
  const back = await signInAtProvider(altalune, codeOf(invitationUrl));
  expect([back.status, back.headers.get("location")]).toEqual([303, `${altalune.url}/console`]);
  expect([...open.keys()]).toEqual(["GET /api/auth/oidc/login", "GET /api/auth/oidc/callback"]);
});
