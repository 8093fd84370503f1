import { containsSecret } from "../../domain/api_key/secret-format.js";
import { bearerShape } from "../../domain/principal/credential-shape.js";
import { SessionInvalidError } from "../../domain/session/errors.js";
import type { UserPrincipal } from "../../domain/session/model.js";
import type { SessionService } from "../../domain/session/service.js";
import type { Visitor } from "../../domain/user/visitor.js";
import type { PublicUrl } from "../../platform/public-url.js";
import { bearerToken } from "../authority/bearer-token.js";
import type { CredentialFinder } from "../authority/credentials/resolver.js";
import { findCredential } from "../authority/gate.js";
import { pageHeadersOf, requireOwnPage } from "../authority/own-page.js";
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

export interface VisitServices {
  readonly sessions: SessionService;
  readonly publicUrl: PublicUrl;
  readonly cookies: SessionCookies;
  /** Every kind of credential that there is. */
  readonly credentials: readonly CredentialFinder[];
}

/** By what a user may come; tokens that stay good for long are not for one who has but a token that does not. */
export type VisitBy = "cookie" | "cookie or access token";

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
  { sessions, publicUrl, cookies, credentials }: VisitServices,
  by: VisitBy = "cookie or access token",
): Promise<UserPrincipal> {
  const { authorization, cookie } = request.headers;
  findCredential(credentials, { headers: credentialHeaders(request), url: request.url ?? "" });
  const { session } = cookies.read(cookie);
  if (session !== undefined) {
    const principal = await sessions.authenticate(session);
    values.set(principalLabelKey, principal.actor);
    if (request.method !== "GET" && request.method !== "HEAD") {
      requireOwnPage(pageHeadersOf(request.headers), publicUrl);
    }
    return principal;
  }
  const token = bearerToken(authorization);
  if (token === undefined || bearerShape(token) !== "access_token" || by === "cookie") {
    throw new SessionInvalidError();
  }
  const principal = await sessions.authenticateAccessToken(token);
  values.set(principalLabelKey, principal.actor);
  return principal;
}

/** As the gate of rpcs has them. */
function credentialHeaders({ headers }: HttpRequest): Headers {
  const pairs = Object.entries(headers).filter(([name, value]) => !name.startsWith(":") && value !== undefined);
  return new Headers(pairs.map(([name, value]) => [name, String(value)]));
}
