import type { HttpRequest } from "../../http/http.js";

/** The largest body that is read here; a request without scopes is about a hundred bytes. */
const maxBodyBytes = 8 * 1024;

/**
 * The length of a request's body, if the request is a POST over HTTP/1.1, with a small body of a known length
 * and without headers that ask for something that only the adapter gives; else 0.
 */
export function warmBodyLength(request: HttpRequest): number {
  if (request.method !== "POST" || request.httpVersionMajor !== 1) {
    return 0;
  }
  const { headers } = request;
  if (
    headers["content-encoding"] !== undefined ||
    headers["connect-timeout-ms"] !== undefined ||
    !isKnownVersion(headers["connect-protocol-version"]) ||
    headers.origin !== undefined ||
    headers["expect"] !== undefined ||
    headers.te !== undefined
  ) {
    return 0;
  }
  const length = Number(headers["content-length"]);
  return length <= maxBodyBytes ? length : 0;
}

/**
 * Tells whether a request is one of the Connect protocol's unary posts, without anything that only the library's adapter
 * serves: compression of the request, other content types and versions of the protocol, deadlines that are none.
 */
export function createEligibility(): (request: HttpRequest) => boolean {
  const isHost = createHostCheck();
  return ({ method, headers }) => {
    const contentType = headers["content-type"];
    const timeout = headers["connect-timeout-ms"];
    return (
      method === "POST" &&
      (contentType === "application/json" || contentType === "application/proto") &&
      headers["content-encoding"] === undefined &&
      isKnownVersion(headers["connect-protocol-version"]) &&
      (timeout === undefined || (typeof timeout === "string" && /^[1-9]\d{0,9}$/.test(timeout))) &&
      isHost(headers[":authority"] ?? headers.host)
    );
  };
}

function isKnownVersion(version: string | readonly string[] | undefined): boolean {
  return version === undefined || version === "1";
}

/** Tells whether a Host header is one of a URL, which the adapter asks for. Callers mostly send the same. */
export function createHostCheck(): (host: string | readonly string[] | undefined) => boolean {
  let last: string | undefined;
  return (host) => {
    if (typeof host !== "string" || (host !== last && !URL.canParse(`http://${host}`))) {
      return false;
    }
    last = host;
    return true;
  };
}
