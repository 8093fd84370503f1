import type { HttpRequest } from "../../http/http.js";

/** The largest body that is read here; a question without scopes is about a hundred bytes. */
const maxBodyBytes = 8 * 1024;

/**
 * The length of a request's body, if the request is a POST of the path over HTTP/1.1, with a small body of a known length
 * and without headers that ask for something that only the full path gives; else 0.
 */
export function ordinaryLength(request: HttpRequest, path: string): number {
  if (request.url !== path || request.method !== "POST" || request.httpVersionMajor !== 1) {
    return 0;
  }
  const { headers } = request;
  if (
    headers["content-encoding"] !== undefined ||
    headers["connect-timeout-ms"] !== undefined ||
    headers.origin !== undefined ||
    headers["expect"] !== undefined ||
    headers.te !== undefined
  ) {
    return 0;
  }
  const length = Number(headers["content-length"]);
  return length <= maxBodyBytes ? length : 0;
}

/** Tells whether a Host header is one of a URL, which the full path asks for. Callers mostly send the same. */
export function createOrdinaryHost(): (host: string | undefined) => boolean {
  let last: string | undefined;
  return (host) => {
    if (host === undefined || (host !== last && !URL.canParse(`http://${host}`))) {
      return false;
    }
    last = host;
    return true;
  };
}
