import type { IncomingMessage, ServerResponse } from "node:http";
import type { ReadHeader } from "./presented-keys.js";
import type { Refusal } from "./refusal.js";

/**
 * A header of a request of Node's. Of some, `headers` keeps the first alone, so what came more than once is read from the raw
 * ones; but one that somebody before us has taken out or changed is as he left it.
 */
export function nodeHeaders({ headers, rawHeaders }: Pick<IncomingMessage, "headers" | "rawHeaders">): ReadHeader {
  return (name) => {
    const value = headers[name];
    if (value === undefined) {
      return [];
    }
    const raw = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
    return raw.length > 1 ? raw : [value].flat();
  };
}

/** Whether somebody has begun to answer while the guard asked, such as a timeout: for him to end, and nobody to go on with. */
export function isAnswered({ headersSent }: ServerResponse): boolean {
  return headersSent;
}

export function setHeaders(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
}

export function sendRefusal(response: ServerResponse, { status, headers, body }: Refusal): void {
  if (isAnswered(response)) {
    return;
  }
  response.statusCode = status;
  setHeaders(response, headers);
  response.end(body);
}
