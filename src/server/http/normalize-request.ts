import type { HttpRequest } from "./http.js";

/** Headers whose values are names of codings, which are the same in any case (RFC 9110, 8.4.1). */
const codings = ["content-encoding", "accept-encoding", "connect-content-encoding", "connect-accept-encoding"] as const;

const absoluteForm = /^https?:\/\/([^/?#]*)([/?][^#]*)?/i;

/** Longer ones are left as they are, in characters: no type that is served is as long. */
const longestType = 128;

/** A type with parameters, of which only a charset of UTF-8 says nothing new. */
const utf8Type = /^\s*([\w.+/-]+)\s*(?:;\s*charset\s*=\s*("?)utf-?8\2\s*)?;?\s*$/i;

export interface Fault {
  readonly status: 400 | 501;
  readonly message: string;
}

const oneHost: Fault = { status: 400, message: "send the header Host, and only once" };
const onlyChunked: Fault = {
  status: 501,
  message: "of transfer codings send chunked alone; what is compressed says so by Content-Encoding",
};

const noTarget: Fault = {
  status: 400,
  message: "the target is no URL's: it has no fragment, and what is not ASCII is percent-encoded",
};
const target = /^[\x21\x22\x24-\x7e]*$/;

/** Why a request is not served: a proxy in front may take it for another than this server does. */
export function faultOf(request: HttpRequest): Fault | undefined {
  if (!target.test(request.url ?? "")) {
    return noTarget;
  }
  if (request.httpVersionMajor !== 1) {
    return undefined;
  }
  const hosts = countHosts(request.rawHeaders);
  if (hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0)) {
    return oneHost;
  }
  const coding = request.headers["transfer-encoding"];
  return coding === undefined || coding === "chunked" || isChunked(coding) ? undefined : onlyChunked;
}

/** @param rawHeaders names and values by turns; in `headers` a second host is not any more */
function countHosts(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === "host") {
      hosts += 1;
    }
  }
  return hosts;
}

function isChunked(codings: string): boolean {
  const named = codings.split(",").map((coding) => coding.trim().toLowerCase());
  return named.filter((coding) => coding !== "").join() === "chunked";
}

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
