/** Guards for Express. `import { guard, requireScopes } from "@altalune/sdk/express"` */
import type { Request, RequestHandler } from "express";
import { createGuard } from "./guard.js";
import type { GuardOptions } from "./guard-options.js";
import { isAnswered, nodeHeaders, sendRefusal, setHeaders } from "./node-http.js";
import { routeOutcome } from "./route-scopes.js";
import { checkScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

declare global {
  namespace Express {
    interface Request {
      /** The key that the request was let in with. Undefined: it came by no guard, or one let it in without a key. */
      apiKey?: VerifiedApiKey | undefined;
    }
  }
}

/**
 * Lets in whoever has a key that is good, and answers everybody else. What stands above it in the app is not guarded.
 *
 * @example
 * app.use(guard({ altalune, projectId }));
 * app.get("/orders", (request, response) => response.json({ owner: request.apiKey?.ownerId }));
 *
 * @throws TypeError when an option is not what it must be
 */
export function guard(options: GuardOptions<Request>): RequestHandler {
  const ask = createGuard(options, nodeHeaders, undefined, ({ ip }) => ip);
  return async (request, response, next) => {
    const outcome = await ask(request);
    if (!outcome.admitted) {
      sendRefusal(response, outcome.refusal);
    } else if (!isAnswered(response)) {
      request.apiKey = outcome.apiKey;
      setHeaders(response, outcome.headers);
      next();
    }
  };
}

/**
 * Asks more of the key that a guard above let in, without another question to Altalune.
 *
 * @example app.post("/orders", requireScopes("orders:write"), createOrder);
 * @throws TypeError when one could be no required scope
 */
export function requireScopes(...scopes: readonly string[]): RequestHandler {
  checkScopes(scopes);
  return (request, response, next) => {
    const outcome = routeOutcome(request, request.apiKey, scopes);
    if (outcome.admitted) {
      next();
    } else {
      sendRefusal(response, outcome.refusal);
    }
  };
}
