import { cors as rpcHeaders } from "@connectrpc/connect";
import { type HttpRequest, type HttpResponse, pathOf, respondJson } from "./http.js";

const allowedMethods = [...rpcHeaders.allowedMethods, "PUT", "PATCH", "DELETE"].join(", ");
const ofRequests = ["Authorization", "X-Request-Id", "X-Altalune-Project-Id", "Idempotency-Key", "If-Match"];
const allowedHeaders = [...rpcHeaders.allowedHeaders, ...ofRequests].join(", ");
const ofAnswers = ["X-Request-Id", "Retry-After", "Location", "ETag", "Allow", "Link", "WWW-Authenticate"];
const exposedHeaders = [...rpcHeaders.exposedHeaders, ...ofAnswers].join(", ");

/** How long a browser may remember a preflight, in seconds: the longest that any of them honours. */
const preflightAge = "7200";

/** What every response says where origins are listed: another page may get another answer. */
export function headersOfListedOrigins(origins: readonly string[]): Readonly<Record<string, string>> {
  return origins.length === 0 ? {} : { vary: "Origin" };
}

/** Sets a response's CORS headers. Answers preflights itself, and then returns true. */
export type Cors = (request: HttpRequest, response: HttpResponse) => boolean;

/** The pages of projects, which call for the owners of keys. Who calls tells for which project: that is seen to later. */
export interface OwnersPages {
  takes(path: string): boolean;
  /** Whether an origin is any project's. */
  knows(origin: string): Promise<boolean>;
}

/**
 * Lets pages of these origins call. Cookies are never used, so credentials are not allowed.
 *
 * @param origins to the letter, as browsers send them, or `*` for all
 * @param owners undefined: none
 */
export function createCors(origins: readonly string[], owners?: OwnersPages): Cors {
  const all = origins.includes("*");
  const listed = new Set(origins);
  return (request, response) => {
    const isOwners = owners?.takes(pathOf(request)) === true;
    if (listed.size === 0 && !isOwners && request.method !== "OPTIONS") {
      return false;
    }
    response.setHeader("vary", "Origin");
    const { origin } = request.headers;
    const allowed = origin !== undefined && (all || listed.has(origin));
    if (allowed) {
      response.setHeader("access-control-allow-origin", all ? "*" : origin);
    }
    if (allowed || isOwners) {
      response.setHeader("access-control-expose-headers", exposedHeaders);
    }
    const preflight = request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
    if (!preflight) {
      return false;
    }
    if (allowed || !isOwners || origin === undefined) {
      answerPreflight(request, response, allowed);
      return true;
    }
    owners.knows(origin).then(
      (isKnown) => {
        if (isKnown) {
          response.setHeader("access-control-allow-origin", origin);
        }
        answerPreflight(request, response, isKnown);
      },
      () => respondJson(request, response, 503, { code: "unavailable", message: "try again later" }),
    );
    return true;
  };
}

function answerPreflight(request: HttpRequest, response: HttpResponse, allowed: boolean): void {
  if (!allowed) {
    respondJson(request, response, 403, { code: "permission_denied", message: "pages of this origin may not call" });
    return;
  }
  response.setHeader("access-control-allow-methods", allowedMethods);
  response.setHeader("access-control-allow-headers", allowedHeaders);
  response.setHeader("access-control-max-age", preflightAge);
  // A body, if an empty one: without, Node leaves a stream of HTTP/2 open whose request has not ended.
  response.statusCode = 200;
  response.end("");
}
