import type { IncomingMessage } from "node:http";
import type { AddressRange } from "../address-ranges.js";
import { EgressError, guardedRequest } from "./guarded-request.js";
import type { ResolveName } from "./look-ups.js";

export interface FetchLimits {
  readonly maxBytes: number;
  /** For all of it: name, connection, headers, body. */
  readonly timeoutMs: number;
}

/** Fetches a text from a server that somebody else has named. */
export type FetchText = (url: string) => Promise<string>;

const headers = { accept: "application/json", "accept-encoding": "identity" };

/**
 * What somebody may have fetched by us.
 *
 * @returns what throws EgressError
 */
export function createFetchText(
  allowed: readonly AddressRange[],
  { maxBytes, timeoutMs }: FetchLimits,
  resolve: ResolveName,
): FetchText {
  const rules = { allowed, variable: "ALTALUNE_EGRESS_ALLOW", resolve };
  return (url) =>
    guardedRequest(url, rules, { method: "GET", headers, actor: hostOf(url), timeoutMs }, (answer) =>
      textOf(answer, maxBytes),
    );
}

/** Empty: it has none, and is not asked. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "";
}

async function textOf(answer: IncomingMessage, maxBytes: number): Promise<string> {
  if (answer.statusCode !== 200) {
    throw new EgressError(`the answer has the status ${answer.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new EgressError(`the answer is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
