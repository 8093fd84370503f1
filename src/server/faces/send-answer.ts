import { type Compression, compressionNegotiate } from "@connectrpc/connect/protocol";
import { sendTogether } from "../http/answers-together.js";
import type { HttpRequest, HttpResponse } from "../http/http.js";
import { compressMinBytes } from "./compression.js";

/** What is longer is not copied to become text. */
const maxTextBytes = 4096;

/** An answer's status, headers and bytes. */
export interface Answer {
  readonly status: number;
  /** None of them tells the length or the encoding of the body. Of a name that comes twice, the last counts. */
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: Uint8Array;
}

/** Sends an answer, compressed where the client takes it and the body is long enough. Settles once it is written, or the client left. */
export async function sendAnswer(
  request: HttpRequest,
  response: HttpResponse,
  available: Compression[],
  { status, headers, body }: Answer,
): Promise<void> {
  const compression = body.byteLength < compressMinBytes ? undefined : compressionFor(request, available);
  const bytes = compression === undefined ? body : await compression.compress(body);
  if (compression !== undefined) {
    response.setHeader("content-encoding", compression.name);
  }
  if (status !== 204) {
    response.setHeader("content-length", String(bytes.byteLength));
  }
  for (const [name, value] of headers) {
    response.setHeader(name, value);
  }
  response.statusCode = status;
  await end(response, request.method === "HEAD" ? new Uint8Array() : bytes);
}

function compressionFor(request: HttpRequest, available: Compression[]): Compression | undefined {
  const accepted = request.headers["accept-encoding"];
  const name = typeof accepted === "string" ? accepted : null;
  return compressionNegotiate(available, null, name, "accept-encoding").response ?? undefined;
}

async function end(response: HttpResponse, body: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  response.once("close", resolve);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  // As text, a character a byte, Node writes it in one piece with its headers.
  const written = bytes.length <= maxTextBytes ? bytes.toString("latin1") : bytes;
  sendTogether(() => {
    try {
      response.end(written, "latin1", () => resolve());
    } catch (error) {
      reject(error);
    }
  });
  await promise;
}
