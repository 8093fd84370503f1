/** Guards for servers of Connect and gRPC. `import { apiKey, guard, requireScopes } from "@altalune/sdk/connect"` */
import {
  Code,
  ConnectError,
  createContextKey,
  type HandlerContext,
  type Interceptor,
  type StreamRequest,
  type UnaryRequest,
} from "@connectrpc/connect";
import { fetchHeaders } from "./fetch-http.js";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import { createGuard } from "./guard.js";
import type { GuardOptions } from "./guard-options.js";
import type { Refusal } from "./refusal.js";
import { routeOutcome } from "./route-scopes.js";
import { checkScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

/** The call as an interceptor sees it: its rpc is `request.method`. */
export type ConnectRequest = UnaryRequest | StreamRequest;

/**
 * Under this a handler finds the key that its call was let in with: `context.values.get(apiKey)`. Undefined: it came by no guard,
 * or one let it in without a key.
 */
export const apiKey = createContextKey<VerifiedApiKey | undefined>(undefined, { description: "API key" });

/**
 * Lets in whoever has a key that is good, and denies everybody else by an error of Connect's, whose code is the nearest to the
 * status: `unauthenticated` for 401 and 410, `permission_denied`, `resource_exhausted`, `unavailable`. The headers of the other
 * guards are the error's metadata; its detail is google.rpc.ErrorInfo with the reason. Of two Authorization headers Node hands on
 * the first alone, to the guard and to everybody behind it.
 *
 * Connect reads a unary call's message before its interceptors, and so before the guard: bound it by `readMaxBytes`.
 *
 * @example
 * connectNodeAdapter({ routes, interceptors: [guard({ altalune, projectId })], readMaxBytes: 1024 * 1024 });
 *
 * @throws TypeError when an option is not what it must be
 */
export function guard(options: GuardOptions<ConnectRequest>): Interceptor {
  const ask = createGuard<ConnectRequest>(
    options,
    ({ header }) => fetchHeaders({ headers: header }),
    ({ contextValues }) => contextValues,
  );
  return (next) => async (request) => {
    const outcome = await ask(request);
    if (!outcome.admitted) {
      throw denial(outcome.refusal);
    }
    request.contextValues.set(apiKey, outcome.apiKey);
    const response = await next(request);
    for (const [name, value] of Object.entries(outcome.headers)) {
      response.header.set(name, value);
    }
    return response;
  };
}

/**
 * Asks more of the key that a guard let in, without another question to Altalune: the first line of a handler.
 *
 * @example requireScopes(context, "orders:write");
 * @returns the key
 * @throws ConnectError when there is no key, or it lacks one of them; TypeError when one could be no required scope
 */
export function requireScopes(context: Pick<HandlerContext, "values">, ...scopes: readonly string[]): VerifiedApiKey {
  checkScopes(scopes);
  const outcome = routeOutcome(context.values, context.values.get(apiKey), scopes);
  if (!outcome.admitted) {
    throw denial(outcome.refusal);
  }
  return outcome.apiKey;
}

const codes = {
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  410: Code.Unauthenticated,
  429: Code.ResourceExhausted,
  503: Code.Unavailable,
} as const;

function denial({ status, code, detail, headers }: Refusal): ConnectError {
  // The protocol has its own type of body.
  const { "Content-Type": _, ...metadata } = headers;
  const info = { reason: code, domain: "altalune", metadata: {} };
  return new ConnectError(detail, codes[status], metadata, [{ desc: ErrorInfoSchema, value: info }]);
}
