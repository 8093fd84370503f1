import type { Verdict, VerificationCode } from "../../../domain/verification/model.js";
import { rateLimitHeaders } from "./rate-limit-headers.js";
import type { Requirements } from "./requirements.js";

/** Why a gateway is not to let a request pass. */
export interface Refusal {
  readonly status: number;
  /** What the status would be for a gateway that knows them all. */
  readonly trueStatus: number;
  /** The stable name that clients switch on: a verdict's code, or what went wrong. */
  readonly code: string;
  /** For whoever called the gateway: never a value of theirs. */
  readonly detail: string;
  /** Names and values by turns. */
  readonly headers: readonly string[];
}

/** What follows from a refusal by a verdict. */
interface Denial {
  readonly status: 401 | 403 | 410 | 429;
  readonly detail: string;
}

const denials: Readonly<Record<Exclude<VerificationCode, "valid">, Denial>> = {
  not_found: { status: 401, detail: "this API key is not known here" },
  revoked: { status: 410, detail: "this API key was revoked; use another" },
  disabled: { status: 401, detail: "this API key is disabled" },
  expired: { status: 401, detail: "this API key has expired; use another" },
  insufficient_scope: { status: 403, detail: "this API key lacks a scope that is needed here" },
  rate_limited: { status: 429, detail: "the limit of this API key is used up" },
  // Of signed requests, which do not come this way.
  signature_invalid: { status: 401, detail: "the signature is not valid" },
  replayed: { status: 401, detail: "this request was sent before" },
};

/** What a verdict that is not VALID comes to. */
export function refusalOf(code: keyof typeof denials, verdict: Verdict, asked: Requirements): Refusal {
  const { status, detail } = denials[code];
  return refusal(asked, {
    trueStatus: status,
    code: code.toUpperCase(),
    detail,
    headers: headersOf(verdict, status, asked),
  });
}

/** No key came, or several that differ. */
export function refusalOfKeys(keys: number, asked: Requirements): Refusal {
  return keys === 0
    ? refusal(asked, {
        trueStatus: 401,
        code: "KEY_MISSING",
        detail: "send an API key",
        headers: ["WWW-Authenticate", `Bearer realm="${asked.projectId}"`],
      })
    : refusal(asked, {
        trueStatus: 401,
        code: "KEY_AMBIGUOUS",
        detail: "different API keys were sent; send one",
        headers: ["WWW-Authenticate", invalidToken(asked)],
      });
}

function refusal({ deniesByTwo }: Requirements, told: Omit<Refusal, "status">): Refusal {
  return { ...told, status: deniesByTwo ? byTwo(told.trueStatus) : told.trueStatus };
}

/** Of the two that such a gateway knows, the one that says whether another key would help. */
function byTwo(status: number): number {
  return status === 410 ? 401 : status === 429 ? 403 : status;
}

function headersOf(verdict: Verdict, status: Denial["status"], asked: Requirements): readonly string[] {
  const { record, limits, retryAfterMs } = verdict;
  switch (status) {
    case 401:
    case 410:
      return ["WWW-Authenticate", invalidToken(asked)];
    case 403:
      return ["WWW-Authenticate", `Bearer error="insufficient_scope", scope="${asked.scopes.join(" ")}"`];
    case 429:
      return [
        // Where no wait helps, since the call costs more than a whole window, none is named.
        ...(retryAfterMs === undefined ? [] : ["Retry-After", String(Math.max(1, Math.ceil(retryAfterMs / 1000)))]),
        ...(record === undefined ? [] : rateLimitHeaders(record, limits)),
      ];
    default: {
      const unreachable: never = status;
      throw new Error(`no headers of ${unreachable}`);
    }
  }
}

function invalidToken({ projectId }: Requirements): string {
  return `Bearer realm="${projectId}", error="invalid_token"`;
}
