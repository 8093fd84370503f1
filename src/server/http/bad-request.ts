import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { nanoid } from "nanoid";
import { type HttpRequest, type HttpResponse, respondJson } from "./http.js";
import type { Fault } from "./normalize-request.js";
import { securityHeaders } from "./security-headers.js";

/** Node's reasons why a request cannot be read, where they are not simply a malformed one. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what is not HTTP/1.1, in writing of our own: there is no response object yet. */
export function refuseBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statuses[error.code ?? ""] ?? 400;
  const body = JSON.stringify({ code: "invalid_argument", message: STATUS_CODES[status] });
  const headers = {
    ...securityHeaders("encrypted" in socket),
    "x-request-id": nanoid(),
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join("")}\r\n${body}`);
}

type Refusal = Fault | { readonly status: 417; readonly message: string };

/** Answers a request that can be read, and is not served for how its headers use HTTP. */
export function refuseRequest(request: HttpRequest, response: HttpResponse, { status, message }: Refusal): void {
  const overTls = "stream" in request ? request.stream.session?.encrypted === true : "encrypted" in request.socket;
  for (const [name, value] of Object.entries({ ...securityHeaders(overTls), "x-request-id": nanoid() })) {
    response.setHeader(name, value);
  }
  if (request.httpVersionMajor === 1) {
    response.setHeader("connection", "close");
  }
  request.resume();
  respondJson(request, response, status, { code: status === 501 ? "unimplemented" : "invalid_argument", message });
}

/** In the stead of Node's own answer, which has none of the headers of every answer. */
export function refuseExpectation(request: HttpRequest, response: HttpResponse): void {
  refuseRequest(request, response, { status: 417, message: "of expectations send 100-continue alone" });
}
