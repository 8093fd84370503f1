import type { Logger } from "pino";
import { SecondFactorRequiredError } from "../../domain/second_factor/errors.js";
import type { Call } from "../call/call.js";
import { callerError } from "../errors/caller-error.js";
import { type Refusal, refusalOf } from "../faces/rest/problem.js";
import type { HttpRequest } from "../http/http.js";
import { InvalidBodyError } from "./bodies.js";

/** What a problem says here as well, for clients that read these names. */
export interface AuthRefusal extends Refusal {
  readonly problem: Refusal["problem"] & {
    readonly error: string;
    readonly message: string;
    readonly fields?: Readonly<Record<string, string>>;
    /** What to send beside a password that is right. */
    readonly second_factors?: readonly string[];
    /** As WebAuthn has them in JSON. */
    readonly passkey_options?: unknown;
  };
}

/** A refusal by the routes of people who sign in. */
export function authRefusalOf(thrown: unknown, request: HttpRequest, call: Call, logger: Logger): AuthRefusal {
  const isUnread = call.phase === "decoding";
  const error = callerError(thrown, call.requestId, logger);
  return withNames(refusalOf(error, request, call.requestId, isUnread), thrown);
}

export function withNames({ problem, headers }: Refusal, thrown?: unknown): AuthRefusal {
  const errors =
    thrown instanceof InvalidBodyError
      ? [...thrown.faults].map(([field, message]) => ({ field, rule: "invalid", message }))
      : problem.errors;
  return {
    problem: {
      ...problem,
      ...(errors && { errors, fields: Object.fromEntries(errors.map(({ field, message }) => [field, message])) }),
      error: problem.reason,
      message: problem.detail,
      ...(thrown instanceof SecondFactorRequiredError && askedMembers(thrown)),
    },
    headers,
  };
}

function askedMembers({ asked: { totp, passkeyOptions } }: SecondFactorRequiredError) {
  const asked = [...(totp ? ["totp"] : []), ...(passkeyOptions === undefined ? [] : ["passkey"])];
  return { second_factors: asked, ...(passkeyOptions && { passkey_options: passkeyOptions }) };
}
