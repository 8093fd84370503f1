/** Guards for Fastify. `import { guard, requireScopes } from "@altalune/sdk/fastify"` */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { createGuard } from "./guard.js";
import type { GuardOptions } from "./guard-options.js";
import { nodeHeaders } from "./node-http.js";
import type { Refusal } from "./refusal.js";
import { routeOutcome } from "./route-scopes.js";
import { checkScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

declare module "fastify" {
  interface FastifyRequest {
    /** The key that the request was let in with. Undefined: it came by no guard, or one let it in without a key. */
    apiKey?: VerifiedApiKey | undefined;
  }
}

/**
 * A plugin that guards every route of the instance that it is registered with, those of its children and unknown paths too.
 *
 * @example
 * await app.register(guard({ altalune, projectId }));
 * app.get("/orders", async (request) => ({ owner: request.apiKey?.ownerId }));
 *
 * @throws TypeError when an option is not what it must be
 */
export function guard(options: GuardOptions<FastifyRequest>): FastifyPluginAsync {
  const ask = createGuard(
    options,
    ({ raw }: FastifyRequest) => nodeHeaders(raw),
    undefined,
    ({ ip }) => ip,
  );
  const plugin: FastifyPluginAsync = async (app) => {
    if (!app.hasRequestDecorator("apiKey")) {
      app.decorateRequest("apiKey", undefined);
    }
    app.addHook("onRequest", async (request, reply) => {
      const outcome = await ask(request);
      if (!outcome.admitted) {
        return send(reply, outcome.refusal);
      }
      request.apiKey = outcome.apiKey;
      reply.headers(outcome.headers);
    });
  };
  // Fastify gives a plugin an instance of its own, whose hooks would guard nothing else, unless it says this.
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
}

/**
 * Asks more of the key that a guard let in, without another question to Altalune.
 *
 * @example app.post("/orders", { onRequest: requireScopes("orders:write") }, createOrder);
 * @throws TypeError when one could be no required scope
 */
export function requireScopes(...scopes: readonly string[]): onRequestAsyncHookHandler {
  checkScopes(scopes);
  return async (request, reply) => {
    const outcome = routeOutcome(request, request.apiKey, scopes);
    return outcome.admitted ? undefined : send(reply, outcome.refusal);
  };
}

function send(reply: FastifyReply, { status, headers, body }: Refusal): FastifyReply {
  // As bytes: to text Fastify adds a charset, which this media type does not have.
  return reply.code(status).headers(headers).send(Buffer.from(body));
}
