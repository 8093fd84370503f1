import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";

/** A request of either version of HTTP. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** Its response. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Who asks, as far as headers and the connection tell: a request, or a stream of HTTP/2 that was made none. */
export interface HeadedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly socket?: { readonly remoteAddress?: string | undefined } | null | undefined;
  /** Over HTTP/2. */
  readonly stream?: ServerHttp2Stream;
}

/** The path without its query. Only to be compared with known paths: it may hold anything, a key included. */
export function pathOf(request: HttpRequest): string {
  return request.url?.split("?", 1)[0] ?? "";
}

/** What stands behind the first `?`; empty: nothing. */
export function queryOf(request: HttpRequest): string {
  return request.url?.split("?").slice(1).join("?") ?? "";
}

/** Whether a person is to see the answer, as far as a request tells: a browser's that goes to an address. */
export function isNavigation({ method, headers }: HttpRequest): boolean {
  return (method === "GET" || method === "HEAD") && (headers.accept?.includes("text/html") ?? false);
}

/** Whether a body follows the headers. */
export function hasBody(request: HttpRequest): boolean {
  const length = request.headers["content-length"];
  if (length !== undefined) {
    return length !== "0";
  }
  return "stream" in request ? !request.stream.endAfterHeaders : request.headers["transfer-encoding"] !== undefined;
}

/** Answers with JSON, or with its headers alone when that is what was asked for. */
export function respondJson(request: HttpRequest, response: HttpResponse, status: number, body: unknown): void {
  respond(request, response, status, "application/json", JSON.stringify(body));
}

/** What a problem (RFC 9457) says, whoever sends it. */
export function problemOf(status: number, detail: string) {
  // 499, of a client that has left, is no status of HTTP's own.
  return { type: "about:blank", title: STATUS_CODES[status] ?? "Client Closed Request", status, detail };
}

/** Answers with a problem: what its status alone would not tell. */
export function respondProblem(request: HttpRequest, response: HttpResponse, status: number, detail: string): void {
  respond(request, response, status, "application/problem+json", JSON.stringify(problemOf(status, detail)));
}

export function respond(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  response.statusCode = status;
  response.setHeader("content-type", contentType);
  response.setHeader("content-length", Buffer.byteLength(body));
  response.end(request.method === "HEAD" ? "" : body);
}
