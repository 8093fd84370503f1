import { problemOf } from "../../http/http.js";
import type { Refusal } from "./refusal.js";

/** A refusal as a gateway's client is to see it. */
export interface Refused {
  readonly status: number;
  /** Names and values by turns. */
  readonly headers: readonly string[];
  readonly body: string;
}

export function refused({ status, trueStatus, code, detail, headers }: Refusal, requestId: string): Refused {
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
