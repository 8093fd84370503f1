import type { ReadHeader } from "./presented-keys.js";
import type { Refusal } from "./refusal.js";

export function fetchHeaders({ headers }: { readonly headers: Pick<Headers, "get"> }): ReadHeader {
  return (name) => {
    const value = headers.get(name);
    return value === null ? [] : [value];
  };
}

export function responseOf({ status, headers, body }: Refusal): Response {
  return new Response(body, { status, headers });
}
