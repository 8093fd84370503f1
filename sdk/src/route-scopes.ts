/** What a route asks of the key that a guard let in before it. */
import { type Refusal, refusalByKeys, refusalByScope } from "./refusal.js";
import { missingScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

/** What requests that `onUnavailable` let in are told where it matters what their key may do. */
const letInUnasked = new WeakMap<object, Refusal>();

/** @param subject what of a request the route has too */
export function noteLetInUnasked(subject: object, refusal: Refusal): void {
  letInUnasked.set(subject, refusal);
}

/**
 * Whether a key that a guard let in has scopes that a single route needs. Undefined: it has. A request without a key is refused:
 * nobody knows what it may do.
 */
export function refusalOfScopes(
  subject: object,
  apiKey: VerifiedApiKey | undefined,
  scopes: readonly string[],
): Refusal | undefined {
  const asked = { projectId: apiKey?.projectId ?? "", scopes, requestId: crypto.randomUUID() };
  if (apiKey === undefined) {
    return letInUnasked.get(subject) ?? refusalByKeys(0, asked);
  }
  return missingScopes(apiKey.scopes, scopes).length > 0 ? refusalByScope(asked) : undefined;
}
