/** Guards for a bare `node:http` server. `import { guard } from "@altalune/sdk/node"` */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createGuard } from "./guard.js";
import type { GuardOptions, KeyUnder } from "./guard-options.js";
import { isAnswered, nodeHeaders, sendRefusal, setHeaders } from "./node-http.js";
import { checkScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

/** A request that was let in, and with which key. */
export type GuardedRequest<Key extends VerifiedApiKey | undefined = VerifiedApiKey> = IncomingMessage & {
  readonly apiKey: Key;
};

type Listener<Key extends VerifiedApiKey | undefined> = (
  request: GuardedRequest<Key>,
  response: ServerResponse,
) => unknown;

/** What a single listener asks beside its guard. */
export interface ListenerNeeds {
  /** What a key must be allowed beside what the guard asks. */
  readonly scopes: readonly string[];
}

/** Puts a guard before a listener. Where the listener fails, so does the promise. */
export interface GuardListener<Key extends VerifiedApiKey | undefined> {
  (listener: Listener<Key>): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  (
    needs: ListenerNeeds,
    listener: Listener<Key>,
  ): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * Makes a guard, which is put before a server's listener, or before each of several.
 *
 * @example
 * const guarded = guard({ altalune, projectId });
 * createServer(guarded((request, response) => response.end(request.apiKey.ownerId)));
 *
 * @throws TypeError when an option is not what it must be
 */
export function guard<Options extends GuardOptions<IncomingMessage>>(
  options: Options,
): GuardListener<KeyUnder<Options>> {
  const ask = createGuard<IncomingMessage>(options, nodeHeaders);
  return (...given: [Listener<KeyUnder<Options>>] | [ListenerNeeds, Listener<KeyUnder<Options>>]) => {
    const [{ scopes }, listener] = given.length === 1 ? [{ scopes: [] }, given[0]] : given;
    checkScopes(scopes);
    return async (request: IncomingMessage, response: ServerResponse) => {
      const outcome = await ask(request, scopes).catch((error: unknown) => {
        // Nobody is there to answer for a function of the options that failed.
        if (!isAnswered(response)) {
          response.statusCode = 500;
          response.end();
        }
        process.emitWarning(error instanceof Error ? error : String(error));
        return undefined;
      });
      if (outcome?.admitted === false) {
        sendRefusal(response, outcome.refusal);
      } else if (outcome !== undefined && !isAnswered(response)) {
        setHeaders(response, outcome.headers);
        await listener(Object.assign(request, { apiKey: outcome.apiKey as KeyUnder<Options> }), response);
      }
    };
  };
}
