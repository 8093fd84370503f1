import type { HttpRequest } from "./http.js";

/** Headers whose values are names of codings, which are the same in any case (RFC 9110, 8.4.1). */
const codings = ["content-encoding", "accept-encoding", "connect-content-encoding", "connect-accept-encoding"] as const;

const absoluteForm = /^https?:\/\/([^/?#]*)([/?][^#]*)?/i;

/** Longer ones are left as they are, in characters: no type that is served is as long. */
const longestType = 128;

/** A type with parameters, of which only a charset of UTF-8 says nothing new. */
const utf8Type = /^\s*([\w.+/-]+)\s*(?:;\s*charset\s*=\s*("?)utf-?8\2\s*)?;?\s*$/i;

/**
 * Puts what HTTP lets a client write in several ways into the one that is looked for: a target in absolute form, as proxies
 * are sent, the charset of JSON with quotes or spaces, and codings in any case or by their old names. What means something
 * else is left for whoever refuses it.
 */
export function normalizeRequest(request: HttpRequest): void {
  const { headers, url = "" } = request;
  if (url.charCodeAt(0) !== 0x2f) {
    const [, authority, rest = "/"] = absoluteForm.exec(url) ?? [];
    if (authority !== undefined) {
      request.url = rest.startsWith("?") ? `/${rest}` : rest;
      // The target's host counts, whatever Host says (RFC 9112, 3.2.2).
      headers.host = authority;
    }
  }
  const type = headers["content-type"];
  if (type !== undefined && type !== "application/json" && type !== "application/proto" && type.length <= longestType) {
    headers["content-type"] = utf8Type.exec(type)?.[1]?.toLowerCase() ?? type;
  }
  for (const name of codings) {
    const value = headers[name];
    if (typeof value === "string") {
      headers[name] = value.toLowerCase().replace(/\bx-gzip\b/g, "gzip");
    }
  }
}
