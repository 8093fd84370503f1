/** What a route asks of the key that a guard let in before it. */
import { type Asked, type Refusal, refusalByKeys, refusalByScope } from "./refusal.js";
import { missingScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

/** What a guard knows of a request that it let in. */
export interface LetIn extends Asked {
  /** What the request is told where it matters what its key may do: it came in by `onUnavailable`. */
  readonly unasked?: Refusal;
}

/** Whether the route may be called. */
export type RouteOutcome =
  | { readonly admitted: true; readonly apiKey: VerifiedApiKey }
  | { readonly admitted: false; readonly refusal: Refusal };

const known = new WeakMap<object, LetIn>();

/** @param subject what of a request its route has too */
export function noteLetIn(subject: object, letIn: LetIn): void {
  known.set(subject, letIn);
}

/** Whether the key that a guard let in has all scopes. A request without a key is refused: nobody knows what it may do. */
export function routeOutcome(
  subject: object,
  apiKey: VerifiedApiKey | undefined,
  scopes: readonly string[],
): RouteOutcome {
  const { projectId = apiKey?.projectId ?? "", requestId = crypto.randomUUID(), unasked } = known.get(subject) ?? {};
  const asked: Asked = { projectId, requestId, scopes };
  if (apiKey === undefined) {
    return { admitted: false, refusal: unasked ?? refusalByKeys(0, asked) };
  }
  return missingScopes(apiKey.scopes, scopes).length > 0
    ? { admitted: false, refusal: refusalByScope(asked) }
    : { admitted: true, apiKey };
}
