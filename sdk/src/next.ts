/** Guards for route handlers of Next, and for whatever else takes a Request and gives a Response: Workers, Bun, Deno. */
import { fetchHeaders, responseOf } from "./fetch-http.js";
import { createGuard } from "./guard.js";
import type { GuardOptions, KeyUnder } from "./guard-options.js";
import { checkScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

/** A request that was let in, and with which key. */
export type Guarded<R, Key extends VerifiedApiKey | undefined = VerifiedApiKey> = R & { readonly apiKey: Key };

/** A handler as Next takes it. */
export type RouteHandler<R extends Request, Rest extends readonly unknown[]> = (
  request: R,
  ...rest: Rest
) => Promise<Response>;

/** What a single route asks beside its guard. */
export interface RouteNeeds {
  /** What a key must be allowed beside what the guard asks. */
  readonly scopes: readonly string[];
}

/** Puts a guard before a handler. */
export interface GuardRoute<Key extends VerifiedApiKey | undefined> {
  <R extends Request, Rest extends readonly unknown[]>(
    handler: (request: Guarded<R, Key>, ...rest: Rest) => Response | Promise<Response>,
  ): RouteHandler<R, Rest>;
  <R extends Request, Rest extends readonly unknown[]>(
    needs: RouteNeeds,
    handler: (request: Guarded<R, Key>, ...rest: Rest) => Response | Promise<Response>,
  ): RouteHandler<R, Rest>;
}

/**
 * Makes a guard, which is put before each handler.
 *
 * @example
 * export const guarded = guard({ altalune, projectId }); // in a file of its own
 *
 * export const GET = guarded((request) => Response.json({ owner: request.apiKey.ownerId }));
 * export const POST = guarded({ scopes: ["orders:write"] }, createOrder);
 *
 * @throws TypeError when an option is not what it must be
 */
export function guard<Options extends GuardOptions<Request>>(options: Options): GuardRoute<KeyUnder<Options>> {
  const ask = createGuard<Request>(options, fetchHeaders);
  return <R extends Request, Rest extends readonly unknown[]>(...given: Given<R, KeyUnder<Options>, Rest>) => {
    const [{ scopes }, handler] = given.length === 1 ? [{ scopes: [] }, given[0]] : given;
    checkScopes(scopes);
    return async (request: R, ...rest: Rest) => {
      const outcome = await ask(request, scopes);
      if (!outcome.admitted) {
        return responseOf(outcome.refusal);
      }
      Object.defineProperty(request, "apiKey", { value: outcome.apiKey, configurable: true });
      const response = await handler(request as Guarded<R, KeyUnder<Options>>, ...rest);
      return withHeaders(response, outcome.headers);
    };
  };
}

type Given<R, Key extends VerifiedApiKey | undefined, Rest extends readonly unknown[]> =
  | [handler: (request: Guarded<R, Key>, ...rest: Rest) => Response | Promise<Response>]
  | [needs: RouteNeeds, handler: (request: Guarded<R, Key>, ...rest: Rest) => Response | Promise<Response>];

/** The headers of a response that came from `fetch`, or redirects, cannot be changed. */
function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  if (Object.keys(headers).length === 0) {
    return response;
  }
  try {
    setAll(response, headers);
    return response;
  } catch {
    return setAll(new Response(response.body, response), headers);
  }
}

function setAll(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) {
    response.headers.set(name, value);
  }
  return response;
}
