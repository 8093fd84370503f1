import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of either version of HTTP. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** Its response. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** The path without its query. Only to be compared with known paths: it may hold anything, a key included. */
export function pathOf(request: HttpRequest): string {
  return request.url?.split("?", 1)[0] ?? "";
}

/** Answers with JSON, or with its headers alone when that is what was asked for. */
export function respondJson(request: HttpRequest, response: HttpResponse, status: number, body: unknown): void {
  respond(request, response, status, "application/json", JSON.stringify(body));
}

/** Answers with a problem (RFC 9457): what its status alone would not tell. */
export function respondProblem(request: HttpRequest, response: HttpResponse, status: number, detail: string): void {
  const problem = { type: "about:blank", title: STATUS_CODES[status], status, detail };
  respond(request, response, status, "application/problem+json", JSON.stringify(problem));
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
