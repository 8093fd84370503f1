import type { Verdict } from "../../../domain/verification/model.js";
import { problemOf } from "../../http/http.js";
import { identityHeaders } from "./identity-headers.js";
import { rateLimitHeaders } from "./rate-limit-headers.js";
import { type Refusal, refusalOf } from "./refusal.js";
import type { Requirements } from "./requirements.js";

/** What a gateway hears. */
export interface Answer {
  readonly status: number;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** An answer of 200 lets a request pass: only a VALID verdict is one. */
export function answerOf(verdict: Verdict, asked: Requirements, requestId: string): Answer {
  const { code, record, limits } = verdict;
  if (code !== "valid") {
    return refused(refusalOf(code, verdict, asked), requestId);
  }
  if (record === undefined) {
    throw new Error("a key is valid of which nothing is known");
  }
  const headers = ["content-length", "0", ...identityHeaders(record), ...rateLimitHeaders(record, limits)];
  return { status: 200, headers, body: "" };
}

export function refused({ status, trueStatus, code, detail, headers }: Refusal, requestId: string): Answer {
  const body = JSON.stringify({ ...problemOf(status, detail), instance: requestId, reason: code });
  return {
    status,
    headers: [
      ...["content-type", "application/problem+json"],
      ...["content-length", String(Buffer.byteLength(body))],
      ...["X-Altalune-Code", code],
      ...["X-Altalune-Status", String(trueStatus)],
      ...headers,
    ],
    body,
  };
}
