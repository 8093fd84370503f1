import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { nanoid } from "nanoid";
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
