import { cors as rpcHeaders } from "@connectrpc/connect";
import { type HttpRequest, type HttpResponse, respondJson } from "./http.js";

const allowedMethods = [...rpcHeaders.allowedMethods, "PUT", "PATCH", "DELETE"].join(", ");
const ofRequests = ["Authorization", "X-Request-Id", "Idempotency-Key", "If-Match"];
const allowedHeaders = [...rpcHeaders.allowedHeaders, ...ofRequests].join(", ");
const ofAnswers = ["X-Request-Id", "Retry-After", "Location", "ETag", "Allow", "WWW-Authenticate"];
const exposedHeaders = [...rpcHeaders.exposedHeaders, ...ofAnswers].join(", ");

/** How long a browser may remember a preflight, in seconds: the longest that any of them honours. */
const preflightAge = "7200";

/** What every response says where origins are listed: another page may get another answer. */
export function headersOfListedOrigins(origins: readonly string[]): Readonly<Record<string, string>> {
  return origins.length === 0 ? {} : { vary: "Origin" };
}

/** Sets a response's CORS headers. Answers preflights itself, and then returns true. */
export type Cors = (request: HttpRequest, response: HttpResponse) => boolean;

/**
 * Lets pages of these origins call. Cookies are never used, so credentials are not allowed.
 *
 * @param origins to the letter, as browsers send them, or `*` for all
 */
export function createCors(origins: readonly string[]): Cors {
  const all = origins.includes("*");
  const listed = new Set(origins);
  return (request, response) => {
    if (listed.size === 0 && request.method !== "OPTIONS") {
      return false;
    }
    response.setHeader("vary", "Origin");
    const { origin } = request.headers;
    const allowed = origin !== undefined && (all || listed.has(origin));
    if (allowed) {
      response.setHeader("access-control-allow-origin", all ? "*" : origin);
      response.setHeader("access-control-expose-headers", exposedHeaders);
    }
    const preflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
    if (!preflight) {
      return false;
    }
    if (allowed) {
      response.setHeader("access-control-allow-methods", allowedMethods);
      response.setHeader("access-control-allow-headers", allowedHeaders);
      response.setHeader("access-control-max-age", preflightAge);
    }
    if (allowed) {
      // A body, if an empty one: without, Node leaves a stream of HTTP/2 open whose request has not ended.
      response.statusCode = 200;
      response.end("");
    } else {
      respondJson(request, response, 403, { code: "permission_denied", message: "pages of this origin may not call" });
    }
    return true;
  };
}
