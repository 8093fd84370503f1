import type { UserPrincipal } from "../../domain/session/model.js";
import type { SignInService, Visitor } from "../../domain/user/service/sign-in.js";
import type { PageHeaders } from "../authority/own-page.js";
import { refuseForeignPage } from "../authority/own-page.js";
import { sessionAnswer, tokensAnswer, userAnswer } from "./answers.js";
import { loginBody, passwordBody, readJsonBody, refreshBody, registerBody } from "./bodies.js";
import type { VisitServices } from "./visit.js";

/** What a route is given of a request. */
export interface Visit {
  readonly visitor: Visitor;
  readonly page: PageHeaders;
  readonly hasCredential: boolean;
  /** The user; refuses who is none. */
  user(): Promise<UserPrincipal>;
  /** Whether a body follows. */
  readonly hasBody: boolean;
  body(): Promise<Uint8Array>;
  /** What the path names; empty: nothing. */
  readonly id: string;
}

/** What comes of it. */
export interface AuthAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly cookies?: readonly string[];
}

export interface AuthServices extends VisitServices {
  readonly signIn: SignInService;
}

type Serve = (visit: Visit, services: AuthServices) => Promise<AuthAnswer>;

const noContent: AuthAnswer = { status: 204 };

/** Every route of people who sign in, by its path and method. `{id}` stands for one segment. */
export const authRoutes: Readonly<Record<string, Readonly<Record<string, Serve>>>> = {
  "/api/auth/register": {
    async POST({ page, body, visitor }, { signIn, publicUrl }) {
      refuseForeignPage(page, publicUrl);
      const { username, email, password, invitation } = readJsonBody(registerBody, await body());
      return {
        status: 201,
        body: userAnswer(await signIn.register({ username, email, password, invitation }, visitor)),
      };
    },
  },
  "/api/auth/login": {
    async POST({ page, body, visitor }, { signIn, publicUrl, cookies }) {
      refuseForeignPage(page, publicUrl);
      const { username, email, password } = readJsonBody(loginBody, await body());
      const { user, session, device } = await signIn.login(username ?? email ?? "", password, visitor);
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
        return { status: 200, body: tokensAnswer(await signIn.issueTokens(await user())) };
      }
      refuseForeignPage(page, publicUrl);
      const { username, email, password } = readJsonBody(loginBody, await body());
      const tokens = await signIn.loginForTokens(username ?? email ?? "", password, visitor);
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
  "/.well-known/jwks.json": {
    async GET(_visit, { sessions }) {
      return { status: 200, body: { keys: await sessions.publicKeys() } };
    },
  },
};
