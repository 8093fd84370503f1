import type { Verdict } from "../../../domain/verification/model.js";
import type { Decision } from "../gateway/decide.js";
import { type HttpAnswer, refusalAnswer } from "../gateway/http-answer.js";
import { identityHeaders } from "../gateway/identity-headers.js";
import { rateLimitHeaders } from "../gateway/rate-limit-headers.js";
import type { Refusal } from "../gateway/refusal.js";

/** An answer of 200 lets a request pass. */
export function answerOf(decision: Decision, requestId: string): HttpAnswer {
  return decision.refusal === undefined ? passing(decision.valid) : refusing(decision.refusal, requestId);
}

function passing({ record, limits }: Verdict): HttpAnswer {
  if (record === undefined) {
    throw new Error("a key is valid of which nothing is known");
  }
  const headers = ["content-length", "0", ...identityHeaders(record), ...rateLimitHeaders(record, limits)];
  return { status: 200, headers, body: "" };
}

export function refusing(refusal: Refusal, requestId: string): HttpAnswer {
  const { status, headers, body } = refusalAnswer(refusal, requestId);
  return { status, headers: [...headers, "content-length", String(Buffer.byteLength(body))], body };
}
