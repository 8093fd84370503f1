import { durationMs } from "@bufbuild/protobuf/wkt";
import type { AltaluneError } from "./altalune-error.js";
import { VerificationCode, type VerifyApiKeyResponse } from "./gen/altalune/v1/verification_pb.js";
import { rateLimitHeaders } from "./rate-limit-headers.js";
import { rateLimitsOf } from "./verified-api-key.js";

/** How a request is turned away: what Altalune's own forward-auth answers, without a gateway's needs. */
export interface Refusal {
  readonly status: Status;
  /** The stable name that clients switch on: a verdict's code, or what went wrong. In `X-Altalune-Code`. */
  readonly code: string;
  /** For whoever called: never a value of theirs. */
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A problem (RFC 9457) in JSON. */
  readonly body: string;
}

/** What a refusal names, beside the verdict. */
export interface Asked {
  readonly projectId: string;
  readonly scopes: readonly string[];
  /** Names the request; so Altalune's log names the question, where one was asked. */
  readonly requestId: string;
}

const titles = {
  401: "Unauthorized",
  403: "Forbidden",
  410: "Gone",
  429: "Too Many Requests",
  503: "Service Unavailable",
} as const;

type Status = keyof typeof titles;

const denials: Readonly<Partial<Record<VerificationCode, { readonly status: Status; readonly detail: string }>>> = {
  [VerificationCode.NOT_FOUND]: { status: 401, detail: "this API key is not known here" },
  [VerificationCode.REVOKED]: { status: 410, detail: "this API key was revoked; use another" },
  [VerificationCode.DISABLED]: { status: 401, detail: "this API key is disabled" },
  [VerificationCode.EXPIRED]: { status: 401, detail: "this API key has expired; use another" },
  [VerificationCode.INSUFFICIENT_SCOPE]: { status: 403, detail: "this API key lacks a scope that is needed here" },
  [VerificationCode.RATE_LIMITED]: { status: 429, detail: "the limit of this API key is used up" },
};

/** By a verdict that is not VALID. A code of a later Altalune's refuses as well. */
export function refusalByVerdict(verdict: VerifyApiKeyResponse, asked: Asked): Refusal {
  const { status, detail } = denials[verdict.code] ?? { status: 401, detail: "this API key is not good for this call" };
  const code = VerificationCode[verdict.code] ?? "UNKNOWN";
  switch (status) {
    case 403:
      return refusalByScope(asked);
    case 429:
      return refusal(asked, status, code, detail, {
        // Where no wait helps, since the call costs more than a whole window, none is named.
        ...(verdict.retryAfter && { "Retry-After": wholeSeconds(durationMs(verdict.retryAfter)) }),
        ...rateLimitHeaders(rateLimitsOf(verdict)),
      });
    default:
      return refusal(asked, status, code, detail, { "WWW-Authenticate": invalidToken(asked) });
  }
}

export function refusalByScope(asked: Asked): Refusal {
  const detail = "this API key lacks a scope that is needed here";
  return refusal(asked, 403, "INSUFFICIENT_SCOPE", detail, {
    "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${asked.scopes.join(" ")}"`,
  });
}

/** No key came, or several that differ. */
export function refusalByKeys(keys: number, asked: Asked): Refusal {
  return keys === 0
    ? refusal(asked, 401, "KEY_MISSING", "send an API key", {
        "WWW-Authenticate": asked.projectId === "" ? "Bearer" : `Bearer realm="${asked.projectId}"`,
      })
    : refusal(asked, 401, "KEY_AMBIGUOUS", "different API keys were sent; send one", {
        "WWW-Authenticate": invalidToken(asked),
      });
}

/** No verdict came. Nothing of it may look like one. */
export function refusalByFailure({ reason, code }: AltaluneError, asked: Asked): Refusal {
  const detail = "no verdict on API keys can be had; try again in a moment";
  return refusal(asked, 503, reason === "" ? code.toUpperCase() : reason, detail, { "Retry-After": "1" });
}

function refusal(
  { requestId }: Asked,
  status: Status,
  code: string,
  detail: string,
  headers: Readonly<Record<string, string>>,
): Refusal {
  const problem = { type: "about:blank", title: titles[status], status, detail, instance: requestId, reason: code };
  return {
    status,
    code,
    detail,
    headers: {
      "Content-Type": "application/problem+json",
      // A 410 may be kept by caches unless it says otherwise, and be the answer to somebody else's key.
      "Cache-Control": "no-store",
      "X-Altalune-Code": code,
      ...headers,
    },
    body: JSON.stringify(problem),
  };
}

function invalidToken({ projectId }: Asked): string {
  return `Bearer realm="${projectId}", error="invalid_token"`;
}

function wholeSeconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}
