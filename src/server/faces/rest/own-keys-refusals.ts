import { type Problem, type Refusal, refusal } from "./problem.js";

/** A problem with what clients of these routes read: a short sentence, the whole one, and what is wrong with which member. */
interface OwnKeysProblem extends Problem {
  readonly error: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The short sentences of some refusals; others are called by their status. */
const shortOf: ReadonlyMap<string, string> = new Map([
  ["API_KEY_LIMIT_REACHED", "API key limit reached"],
  ["API_KEY_NAME_TAKEN", "API key name taken"],
  ["API_KEY_NOT_FOUND", "API key not found"],
]);

/** What the rpc calls otherwise than these routes do. */
const memberOf: ReadonlyMap<string, string> = new Map([
  ["expiration", "expires_at"],
  ["api_key_id", "id"],
]);

export function ownKeysRefusal({ problem, headers }: Refusal): Refusal {
  const errors = problem.errors?.map((one) => ({ ...one, field: memberOf.get(one.field) ?? one.field }));
  const error = shortOf.get(problem.reason) ?? problem.title;
  const isShort = shortOf.has(problem.reason);
  const own: OwnKeysProblem = {
    ...problem,
    ...(errors && { errors }),
    error,
    message: isShort ? `${error}: ${problem.detail}` : problem.detail,
    fields: Object.fromEntries((errors ?? []).map(({ field, message }) => [field, message])),
  };
  return { problem: own, headers };
}

/** The key is somebody else's. */
export function othersKey(requestId: string): Refusal {
  return ownKeysRefusal(refusal(403, "API_KEY_OF_ANOTHER_OWNER", "this key is another owner's", requestId));
}

/** There is no such key any more. */
export function unknownKey(requestId: string): Refusal {
  return ownKeysRefusal(refusal(404, "API_KEY_NOT_FOUND", "no such key", requestId));
}
