import { containsSecret } from "../../domain/api_key/secret-format.js";
import { bearerShape } from "../../domain/principal/credential-shape.js";
import { TwoCredentialsError } from "../../domain/principal/errors.js";
import { SessionInvalidError } from "../../domain/session/errors.js";
import type { UserPrincipal } from "../../domain/session/model.js";
import type { SessionService } from "../../domain/session/service.js";
import type { Visitor } from "../../domain/user/service/sign-in.js";
import type { PublicUrl } from "../../platform/public-url.js";
import { bearerToken } from "../authority/bearer-token.js";
import { type PageHeaders, requireOwnPage } from "../authority/own-page.js";
import type { SessionCookies } from "../authority/session-cookie.js";
import { type CallValues, callContextKey, principalLabelKey } from "../call/call-context.js";
import type { HttpRequest } from "../http/http.js";

const longestUserAgent = 200;

/** Who visits, as far as headers tell. */
export function visitorOf(request: HttpRequest, values: CallValues, cookies: SessionCookies): Visitor {
  const { clientAddress, requestId } = values.get(callContextKey);
  const userAgent = (request.headers["user-agent"] ?? "").slice(0, longestUserAgent);
  const { device } = cookies.read(request.headers.cookie);
  return { clientAddress, requestId, userAgent: containsSecret(userAgent) ? "" : userAgent, device };
}

export function pageHeadersOf({ headers }: HttpRequest): PageHeaders {
  const site = headers["sec-fetch-site"];
  return { origin: headers.origin, site: typeof site === "string" ? site : undefined };
}

export interface VisitServices {
  readonly sessions: SessionService;
  readonly publicUrl: PublicUrl;
  readonly cookies: SessionCookies;
}

/**
 * The user of a request: by a cookie, or by an access token.
 *
 * @throws SessionInvalidError
 * @throws AccessTokenInvalidError
 * @throws TwoCredentialsError
 * @throws ForeignPageError
 */
export async function userOf(
  request: HttpRequest,
  values: CallValues,
  { sessions, publicUrl, cookies }: VisitServices,
): Promise<UserPrincipal> {
  const { authorization, cookie } = request.headers;
  const { session } = cookies.read(cookie);
  if (authorization !== undefined && session !== undefined) {
    throw new TwoCredentialsError();
  }
  const token = bearerToken(authorization);
  if (session === undefined && (token === undefined || bearerShape(token) !== "access_token")) {
    throw new SessionInvalidError();
  }
  const principal =
    session === undefined ? await sessions.authenticateAccessToken(token ?? "") : await sessions.authenticate(session);
  values.set(principalLabelKey, principal.actor);
  if (session !== undefined && request.method !== "GET" && request.method !== "HEAD") {
    requireOwnPage(pageHeadersOf(request), publicUrl);
  }
  return principal;
}
