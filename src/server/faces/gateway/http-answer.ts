import { problemOf } from "../../http/http.js";
import type { Refusal } from "./refusal.js";

/** What is said in HTTP, by whatever wire. */
export interface HttpAnswer {
  readonly status: number;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** A refusal as a gateway's client is to see it: a problem (RFC 9457). */
export function refusalAnswer({ status, trueStatus, code, detail, headers }: Refusal, requestId: string): HttpAnswer {
  return {
    status,
    headers: [
      ...["content-type", "application/problem+json"],
      ...["X-Altalune-Code", code],
      ...["X-Altalune-Status", String(trueStatus)],
      ...headers,
    ],
    body: JSON.stringify({ ...problemOf(status, detail), instance: requestId, reason: code }),
  };
}
