import { refuseForeignPage } from "../authority/own-page.js";
import { sessionAnswer, tokensAnswer, userAnswer } from "./answers.js";
import { loginBody, passwordBody, readJsonBody, refreshBody, registerBody } from "./bodies.js";
import { oidcRoutes } from "./oidc-routes.js";
import { passkeyRoutes } from "./passkey-routes.js";
import type { AuthAnswer, RouteTable } from "./route.js";
import { totpRoutes } from "./totp-routes.js";

const noContent: AuthAnswer = { status: 204 };

/** Every route of people who sign in, by its path and method. `{id}` stands for one segment. */
export const authRoutes = {
  "/api/auth/register": {
    async POST({ page, body, visitor }, { registration, publicUrl }) {
      refuseForeignPage(page, publicUrl);
      const { username, email, password, invitation } = readJsonBody(registerBody, await body());
      return {
        status: 201,
        body: userAnswer(await registration.register({ username, email, password, invitation }, visitor)),
      };
    },
  },
  "/api/auth/login": {
    async POST({ page, body, visitor }, { signIn, publicUrl, cookies }) {
      refuseForeignPage(page, publicUrl);
      const { login, password, proof } = loginOf(await body());
      const { user, session, device } = await signIn.login(login, password, visitor, proof);
      return {
        status: 200,
        body: { ...userAnswer(user), expires_at: session.expiresAt.toISOString() },
        cookies: cookies.begin(session.token, device, session.expiresAt),
      };
    },
  },
  "/api/auth/logout": {
    async POST({ user, visitor }, { signIn, cookies }) {
      await signIn.logout(await user(), visitor);
      return { status: 204, cookies: cookies.end() };
    },
  },
  "/api/auth/me": {
    async GET({ user }, { signIn }) {
      return { status: 200, body: userAnswer(await signIn.me(await user())) };
    },
  },
  "/api/auth/password": {
    async PUT({ user, body, visitor }, { signIn }) {
      const principal = await user();
      const { current_password: current, new_password: next } = readJsonBody(passwordBody, await body());
      await signIn.changePassword(principal, { current, next }, visitor);
      return noContent;
    },
  },
  "/api/auth/sessions": {
    async GET({ user }, { signIn }) {
      const principal = await user();
      const sessions = await signIn.sessionsOf(principal);
      return {
        status: 200,
        body: { sessions: sessions.map((session) => sessionAnswer(session, principal.sessionId)) },
      };
    },
    async DELETE({ user, visitor }, { signIn }) {
      await signIn.endOtherSessions(await user(), visitor);
      return noContent;
    },
  },
  "/api/auth/sessions/{id}": {
    async DELETE({ user, id, visitor }, { signIn }) {
      await signIn.endSession(await user(), id, visitor);
      return noContent;
    },
  },
  "/api/auth/token": {
    async POST({ page, hasBody, hasCredential, user, body, visitor }, { signIn, publicUrl }) {
      if (hasCredential && !hasBody) {
        // Not by an access token: whoever has stolen one would have thirty days of them.
        return { status: 200, body: tokensAnswer(await signIn.issueTokens(await user("cookie"))) };
      }
      refuseForeignPage(page, publicUrl);
      const { login, password, proof } = loginOf(await body());
      const tokens = await signIn.loginForTokens(login, password, visitor, proof);
      return { status: 200, body: tokensAnswer(tokens) };
    },
  },
  "/api/auth/token/refresh": {
    async POST({ page, body, visitor }, { signIn, publicUrl }) {
      refuseForeignPage(page, publicUrl);
      const { refresh_token: refreshToken } = readJsonBody(refreshBody, await body());
      return { status: 200, body: tokensAnswer(await signIn.refresh(refreshToken, visitor)) };
    },
  },
  ...oidcRoutes,
  ...totpRoutes,
  ...passkeyRoutes,
  "/.well-known/jwks.json": {
    async GET(_visit, { sessions }) {
      return { status: 200, body: { keys: await sessions.publicKeys() } };
    },
  },
} as const satisfies RouteTable;

function loginOf(bytes: Uint8Array) {
  const { username, email, password, totp_code: code, passkey } = readJsonBody(loginBody, bytes);
  return { login: username ?? email ?? "", password, proof: { code, passkey } };
}
