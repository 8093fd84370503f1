import { loginBody, oidcLoginBody, passwordBody, refreshBody, registerBody } from "../../src/server/sign_in/bodies.js";
import type { oidcRoutes } from "../../src/server/sign_in/oidc-routes.js";
import type { passkeyRoutes } from "../../src/server/sign_in/passkey-routes.js";
import type { authRoutes } from "../../src/server/sign_in/routes.js";
import type { totpRoutes } from "../../src/server/sign_in/totp-routes.js";
import {
  departure,
  newSession,
  providerState,
  publicKeys,
  sampleSessionId,
  sessions,
  tokens,
  user,
} from "./answers.js";
import { samplePassword, wrongPassword } from "./password-again.js";
import { type AnswerDoc, type DocsOf, idInPath } from "./route.js";

const tag = "Sign-in";
const done: AnswerDoc = { status: 204, description: "It was done." };
const setsCookie = { "Set-Cookie": "The cookie of the session, and one by which the browser is known." };
const noSignIn = ["SECOND_FACTOR_REQUIRED", "SECOND_FACTOR_INVALID", ...wrongPassword];

/** What is asked of whoever signs in; a test puts somebody real in its place. */
const example = { username: "ada", password: samplePassword };

export const oidc: DocsOf<typeof oidcRoutes> = {
  "GET /api/auth/oidc": {
    operationId: "findProvider",
    tag,
    summary: "Says whether there is a provider of OpenID Connect to sign in at",
    by: "anybody",
    answer: { status: 200, description: "Whether there is.", body: providerState },
  },
  "GET /api/auth/oidc/login": {
    operationId: "departForProvider",
    tag,
    summary: "Leads to the provider of OpenID Connect",
    description: "For a link. An invitation is sent by POST, so that its code is in no address.",
    by: "anybody",
    answer: {
      status: 303,
      description: "On to the provider.",
      headers: { Location: "Where the provider is.", "Set-Cookie": "What the browser keeps of this sign-in." },
    },
    denials: ["OIDC_NOT_CONFIGURED", "OIDC_PROVIDER_UNAVAILABLE"],
  },
  "POST /api/auth/oidc/login": {
    operationId: "beginAtProvider",
    tag,
    summary: "Begins a sign-in at the provider of OpenID Connect",
    description:
      "For a page of this service, which goes on itself. It may have an invitation, and say where to come back to.",
    by: "anybody",
    body: { name: "ProviderSignIn", schema: oidcLoginBody, example: {} },
    answer: {
      status: 200,
      description: "Where the page goes on to.",
      body: departure,
      headers: { "Set-Cookie": "What the browser keeps of this sign-in." },
    },
    denials: ["FOREIGN_PAGE", "OIDC_NOT_CONFIGURED", "OIDC_PROVIDER_UNAVAILABLE"],
  },
  "GET /api/auth/oidc/callback": {
    operationId: "comeBackFromProvider",
    tag,
    summary: "Takes the browser that the provider sends back",
    description:
      "It begins a session, and leads on to the page that the sign-in was begun for, or to `/console`. A browser that comes for a page (`Accept: text/html`) is led there when it is refused, too, with the reason in `sign_in_error`.",
    by: "anybody",
    parameters: ["code", "state", "iss", "error", "error_description"].map((name) => ({
      name,
      in: "query",
      description: "What the provider says.",
      schema: { type: "string" },
    })),
    answer: {
      status: 303,
      description: "On to the console.",
      headers: { Location: "A page of this service.", ...setsCookie },
    },
    denials: [
      "OIDC_NOT_CONFIGURED",
      "OIDC_PROVIDER_UNAVAILABLE",
      "OIDC_FLOW_INVALID",
      "OIDC_SIGN_IN_REFUSED",
      "OIDC_ANSWER_INVALID",
      "OIDC_EMAIL_UNVERIFIED",
      "OIDC_ACCOUNT_EXISTS",
      "OIDC_ROLE_UNKNOWN",
      "INVITATION_REQUIRED",
      "INVITATION_INVALID",
      "USER_DISABLED",
    ],
  },
};

/** What authenticators and passkeys have is told in files of their own. */
type ToldElsewhere = keyof typeof totpRoutes | keyof typeof passkeyRoutes | keyof typeof oidcRoutes;

export const signIn: DocsOf<Omit<typeof authRoutes, ToldElsewhere>> = {
  "POST /api/auth/register": {
    operationId: "register",
    tag,
    summary: "Makes a user of whoever was invited",
    description:
      "Without an invitation it works where `ALTALUNE_REGISTRATION` is `open`, and makes a viewer of no project. It makes no session: sign in afterwards. `confirmPassword` is understood too.",
    by: "anybody",
    body: {
      name: "Registration",
      schema: registerBody,
      example: {
        ...example,
        email: "ada@example.com",
        confirm_password: example.password,
        invitation: "alt_invite_…",
      },
    },
    answer: { status: 201, description: "The user.", body: user },
    denials: [
      "FOREIGN_PAGE",
      "INVITATION_REQUIRED",
      "INVITATION_INVALID",
      "USERNAME_TAKEN",
      "USER_EMAIL_TAKEN",
      "TOO_MANY_REGISTRATIONS",
      "TOO_MANY_FAILED_LOGINS",
      "SIGN_IN_BUSY",
    ],
  },
  "POST /api/auth/login": {
    operationId: "signIn",
    tag,
    summary: "Begins a session in a browser",
    description:
      "A user who has a second factor sends `totp_code` or `passkey`, too; the refusal `SECOND_FACTOR_REQUIRED` says by `second_factors` and `passkey_options` what is asked for.",
    by: "anybody",
    body: { name: "SignIn", schema: loginBody, example },
    answer: { status: 200, description: "The user, and the cookie.", body: newSession, headers: setsCookie },
    denials: ["FOREIGN_PAGE", ...noSignIn],
  },
  "POST /api/auth/logout": {
    operationId: "signOut",
    tag,
    summary: "Ends the session",
    description: "Its cookie and its tokens are refused by every instance from then on.",
    by: "user",
    answer: { status: 204, description: "It is over.", headers: { "Set-Cookie": "Takes the cookie away." } },
  },
  "GET /api/auth/me": {
    operationId: "whoAmI",
    tag,
    summary: "Says who has signed in",
    by: "user",
    answer: { status: 200, description: "The user.", body: user },
  },
  "PUT /api/auth/password": {
    operationId: "changePassword",
    tag,
    summary: "Changes the password",
    description: "All other sessions of the user are over. `currentPassword` and the like are understood too.",
    by: "user",
    body: {
      name: "NewPassword",
      schema: passwordBody,
      example: { current_password: example.password, new_password: "copper-lantern-58-creek" },
    },
    answer: done,
    denials: wrongPassword,
  },
  "GET /api/auth/sessions": {
    operationId: "listSessions",
    tag,
    summary: "Lists the user's sessions, of browsers and of programs",
    by: "user",
    answer: { status: 200, description: "The sessions.", body: sessions },
  },
  "DELETE /api/auth/sessions": {
    operationId: "endOtherSessions",
    tag,
    summary: "Ends all other sessions of the user",
    description: "The one that asks goes on.",
    by: "user",
    answer: done,
  },
  "DELETE /api/auth/sessions/{id}": {
    operationId: "endSession",
    tag,
    summary: "Ends a session of the user",
    description: "Its cookie and its tokens are refused by every instance from then on.",
    by: "user",
    parameters: [idInPath("The session's id.", sampleSessionId)],
    answer: done,
    denials: ["SESSION_NOT_FOUND"],
  },
  "POST /api/auth/token": {
    operationId: "issueTokens",
    tag,
    summary: "Gives tokens to a program",
    description:
      "By a password, which begins a session of its own; or by the cookie of a session and without a body, of that session.",
    by: "cookie or password",
    body: { name: "SignIn", schema: loginBody, example, optional: true },
    answer: { status: 200, description: "An access token, and what gives the next one.", body: tokens },
    denials: ["SESSION_INVALID", "TWO_CREDENTIALS", "FOREIGN_PAGE", ...noSignIn],
  },
  "POST /api/auth/token/refresh": {
    operationId: "refreshTokens",
    tag,
    summary: "Gives the next tokens",
    description:
      "A refresh token is good once. One that comes twice ends its session, and all tokens with it. `refreshToken` is understood too.",
    by: "anybody",
    body: { name: "Refresh", schema: refreshBody, example: { refresh_token: "alt_refresh_…" } },
    answer: { status: 200, description: "The next ones.", body: tokens },
    denials: ["REFRESH_TOKEN_INVALID", "FOREIGN_PAGE"],
  },
  "GET /.well-known/jwks.json": {
    operationId: "listPublicKeys",
    tag,
    summary: "Lists the keys that access tokens are checked by",
    description: "For services that check tokens of users themselves.",
    by: "anybody",
    answer: { status: 200, description: "The keys.", body: publicKeys },
  },
};
