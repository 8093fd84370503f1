import { InvalidFieldError } from "../../domain/domain-error.js";
import { OidcNotConfiguredError } from "../../domain/identity/errors.js";
import type { ProviderSignInService } from "../../domain/user/service/provider-sign-in.js";
import { refuseForeignPage } from "../authority/own-page.js";
import { type HttpRequest, isNavigation, pathOf } from "../http/http.js";
import { oidcLoginBody, readJsonBody } from "./bodies.js";
import type { AuthServices, RouteTable } from "./route.js";

/** The page of our own that a browser comes to, signed in or not, unless a page of our own has asked for another when it began. */
const afterwards = "/console";

/** Paths of these routes that people go to themselves, and no script of theirs. */
const visited = new Set(["/api/auth/oidc/login", "/api/auth/oidc/callback"]);

/** Where whoever went to one of these is told why it did not work. @returns undefined: by an answer as any other */
export function toldAtPage(
  request: HttpRequest,
  reason: string,
  { cookies, providerSignIn, publicUrl }: AuthServices,
): string | undefined {
  if (publicUrl.base === undefined || !visited.has(pathOf(request)) || !isNavigation(request)) {
    return undefined;
  }
  const { flow } = cookies.read(request.headers.cookie);
  const page = new URL(providerSignIn?.returnOf(flow) ?? afterwards, publicUrl.base);
  page.searchParams.set("sign_in_error", reason);
  return page.href;
}

/**
 * The routes of sign-ins at a provider. A page of our own begins with POST, and goes on itself: an invitation is in no address then, and nobody
 * else says where it ends. A link leads through GET.
 */
export const oidcRoutes = {
  "/api/auth/oidc": {
    async GET(_visit, { providerSignIn }) {
      return { status: 200, body: { enabled: providerSignIn !== undefined } };
    },
  },
  "/api/auth/oidc/login": {
    async GET({ query }, services) {
      if (query !== "") {
        throw new InvalidFieldError("query", "must be empty: an invitation is sent with POST, in a body");
      }
      const { url, sealed, lastsSeconds } = await providerOf(services).begin(undefined, undefined);
      return { status: 303, location: url, cookies: [services.cookies.beginFlow(sealed, lastsSeconds)] };
    },
    async POST({ page, body }, services) {
      refuseForeignPage(page, services.publicUrl);
      const { invitation, return_to: returnTo } = readJsonBody(oidcLoginBody, await body());
      const { url, sealed, lastsSeconds } = await providerOf(services).begin(invitation, returnTo);
      return {
        status: 200,
        body: { authorization_url: url },
        cookies: [services.cookies.beginFlow(sealed, lastsSeconds)],
      };
    },
  },
  "/api/auth/oidc/callback": {
    async GET({ query, flow, visitor }, services) {
      const { session, device, returnTo } = await providerOf(services).finish(flow, query, visitor);
      const { cookies, publicUrl } = services;
      return {
        status: 303,
        location: new URL(returnTo ?? afterwards, publicUrl.base).href,
        cookies: [...cookies.begin(session.token, device, session.expiresAt), cookies.endFlow()],
      };
    },
  },
} as const satisfies RouteTable;

function providerOf({ providerSignIn }: AuthServices): ProviderSignInService {
  if (providerSignIn === undefined) {
    throw new OidcNotConfiguredError();
  }
  return providerSignIn;
}
