import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { Provider } from "oidc-provider";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";
import { callbackPath } from "../../../src/domain/identity/service.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Answer, ask } from "./people.js";

export const clientId = "altalune";
export const clientSecret = "tulip-anchor-58-secret-of-a-client";

/** Somebody as the provider knows them. */
export interface Account {
  readonly sub: string;
  readonly email: string;
  readonly email_verified?: unknown;
  readonly preferred_username?: string;
  readonly role?: unknown;
}

/** A real provider of OpenID Connect on this machine, where whoever comes is signed in as `account` without being asked. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  account: Account;
  /** Changes what ID tokens say before they are signed; undefined: they say what they should. */
  alter: ((claims: JWTPayload) => JWTPayload) | undefined;
  /** Signs with another key from now on, and publishes that one alone. */
  rotateKeys(): Promise<void>;
  /** Stops, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface ProviderOptions {
  /** Whether ID tokens say all that is asked for, and not only who it is. */
  readonly inToken?: boolean;
}

let accounts = 0;

export function newAccount(settings: Partial<Account> = {}): Account {
  accounts += 1;
  const name = `visitor-${accounts}-${Date.now() % 1e9}`;
  const said = { email: `${name}@example.com`, email_verified: true, preferred_username: name };
  return { sub: `sub-${name}`, ...said, ...settings };
}

/** The product with a provider that is not there yet: it does not answer until `start`. */
export async function startWithProvider(
  env: Readonly<Record<string, string>> = {},
  options: ProviderOptions = {},
): Promise<{ readonly altalune: TestInstance; readonly provider: TestProvider }> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const altalune = await startTestInstance({
    env: {
      ALTALUNE_OIDC_ISSUER: issuer,
      ALTALUNE_OIDC_CLIENT_ID: clientId,
      ALTALUNE_OIDC_CLIENT_SECRET: clientSecret,
      ...env,
    },
  });
  return { altalune, provider: await createProvider(port, altalune.url + callbackPath, options) };
}

async function createProvider(
  port: number,
  redirectUri: string,
  { inToken = false }: ProviderOptions,
): Promise<TestProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  let key = await newKey();
  let server: Server | undefined;
  const serve = async () => {
    const provider = new Provider(issuer, {
      clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
      jwks: { keys: [key.jwk] },
      ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
      cookies: { keys: ["of this test alone"] },
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["preferred_username", "role"] },
      conformIdTokenClaims: !inToken,
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      pkce: { required: () => true },
      findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ ...self.account, sub }) }),
      async loadExistingGrant({ oidc }) {
        const accountId = oidc.session?.accountId;
        const grant = new oidc.provider.Grant({ clientId, ...(accountId !== undefined && { accountId }) });
        grant.addOIDCScope("openid email profile");
        await grant.save();
        return grant;
      },
    });
    provider.use(async (context, next) => {
      await next();
      const { alter } = self;
      const body = context.body as { id_token?: string } | undefined;
      if (context.path === "/token" && alter !== undefined && body?.id_token !== undefined) {
        const claims = JSON.parse(Buffer.from(body.id_token.split(".")[1] ?? "", "base64url").toString());
        const header = { alg: "RS256", kid: key.jwk.kid ?? "" };
        body.id_token = await new SignJWT(alter(claims)).setProtectedHeader(header).sign(key.privateKey);
      }
    });
    const callback = provider.callback();
    return createServer((request, response) => {
      if (request.url?.startsWith("/interaction/")) {
        void provider.interactionFinished(request, response, { login: { accountId: self.account.sub } });
      } else {
        void callback(request, response);
      }
    });
  };
  const self: TestProvider = {
    issuer,
    account: newAccount(),
    alter: undefined,
    async rotateKeys() {
      key = await newKey();
      await self.stop();
      await self.start();
    },
    async start() {
      server = await serve();
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
    async stop() {
      server?.closeAllConnections();
      await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
      server = undefined;
    },
    [Symbol.asyncDispose]: () => self.stop(),
  };
  return self;
}

let keys = 0;

async function newKey() {
  keys += 1;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey as CryptoKey)), kid: `key-${keys}`, alg: "RS256", use: "sig" };
  return { privateKey, jwk };
}

/** A browser that has left for the provider. */
export interface Departure {
  readonly answer: Answer;
  /** Where the provider is. */
  readonly url: string;
  /** What the browser keeps of it. */
  readonly cookie: string;
}

/** Leaves for the provider: by a link, or with an invitation. */
export async function depart({ url }: Pick<TestInstance, "url">, invitation?: string): Promise<Departure> {
  if (invitation !== undefined) {
    const answer = await ask({ url }, "POST /api/auth/oidc/login", { body: { invitation } });
    return { answer, url: answer.body.authorization_url, cookie: flowOf(answer) };
  }
  const response = await fetch(`${url}/api/auth/oidc/login`, { redirect: "manual" });
  const answer = await answerOf(response);
  return { answer, url: answer.headers.get("location") ?? "", cookie: flowOf(answer) };
}

/** Signs in at the provider. @returns where it sends the browser back to */
export async function atProvider(url: string): Promise<string> {
  const jar = new Map<string, string>();
  const { origin } = new URL(url);
  let next = new URL(url);
  for (let hops = 0; hops < 8 && next.origin === origin; hops += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(next, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";", 1)[0]?.split("=") ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) {
      throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
    }
    await response.arrayBuffer();
    next = new URL(location, next);
  }
  return next.href;
}

/** Comes back. */
export async function comeBack(url: string, cookie: string | undefined): Promise<Answer> {
  return answerOf(await fetch(url, { redirect: "manual", ...(cookie && { headers: { cookie } }) }));
}

/** All of it, as a browser goes. */
export async function signInAtProvider(altalune: Pick<TestInstance, "url">, invitation?: string): Promise<Answer> {
  const { url, cookie } = await depart(altalune, invitation);
  return comeBack(await atProvider(url), cookie);
}

/** The cookie of the session that has begun; empty: none has. */
export function sessionOf({ cookies }: Answer): string {
  return cookies.get("altalune_session")?.split(";", 1)[0] ?? "";
}

function flowOf({ cookies }: Answer): string {
  return cookies.get("altalune_oidc")?.split(";", 1)[0] ?? "";
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const lines = response.headers.getSetCookie();
  return {
    status: response.status,
    body: text === "" ? undefined : JSON.parse(text),
    headers: response.headers,
    cookies: new Map(lines.map((line) => [line.split("=", 1)[0] ?? "", line])),
  };
}
