/** Guards for Hono. `import { guard, requireScopes } from "@altalune/sdk/hono"` */
import type { Context, MiddlewareHandler } from "hono";
import { fetchHeaders, responseOf } from "./fetch-http.js";
import { createGuard } from "./guard.js";
import type { GuardOptions, KeyUnder } from "./guard-options.js";
import { routeOutcome } from "./route-scopes.js";
import { checkScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

declare module "hono" {
  interface ContextVariableMap {
    /** The key that the request was let in with. Undefined: it came by no guard, or one let it in without a key. */
    readonly apiKey: VerifiedApiKey | undefined;
  }
}

/** For an app of which every route is guarded: `new Hono<GuardedEnv>()`. */
export interface GuardedEnv<Key extends VerifiedApiKey | undefined = VerifiedApiKey> {
  Variables: { readonly apiKey: Key };
}

/**
 * Lets in whoever has a key that is good, and answers everybody else. What stands above it in the app is not guarded.
 *
 * @example
 * const app = new Hono<GuardedEnv>();
 * app.use(guard({ altalune, projectId }));
 * app.get("/orders", (context) => context.json({ owner: context.var.apiKey.ownerId }));
 *
 * @throws TypeError when an option is not what it must be
 */
export function guard<Options extends GuardOptions<Context>>(
  options: Options,
): MiddlewareHandler<GuardedEnv<KeyUnder<Options>>> {
  const ask = createGuard(options, (context: Context) => fetchHeaders(context.req.raw));
  return async (context, next) => {
    const outcome = await ask(context);
    if (!outcome.admitted) {
      return responseOf(outcome.refusal);
    }
    context.set("apiKey", outcome.apiKey as KeyUnder<Options>);
    await next();
    for (const [name, value] of Object.entries(outcome.headers)) {
      context.header(name, value);
    }
    return;
  };
}

/**
 * Asks more of the key that a guard above let in, without another question to Altalune.
 *
 * @example app.post("/orders", requireScopes("orders:write"), createOrder);
 * @throws TypeError when one could be no required scope
 */
export function requireScopes(...scopes: readonly string[]): MiddlewareHandler<{
  Variables: { readonly apiKey: VerifiedApiKey | undefined };
}> {
  checkScopes(scopes);
  return async (context, next) => {
    const outcome = routeOutcome(context, context.get("apiKey"), scopes);
    if (!outcome.admitted) {
      return responseOf(outcome.refusal);
    }
    await next();
    return;
  };
}
