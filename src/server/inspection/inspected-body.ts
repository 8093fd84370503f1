import { promisify } from "node:util";
import { brotliDecompress, gunzip } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { maxMessageBytes } from "../call/message-bounds.js";
import type { HttpRequest } from "../http/http.js";
import { type Encoding, inspectMessage } from "./inspect-message.js";

/** Of gRPC and gRPC-Web: a byte of flags and four of length. */
const envelopeHead = 5;

const decompressions: Readonly<Record<string, (bytes: Uint8Array, options: object) => Promise<Uint8Array>>> = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
  identity: async (bytes) => bytes,
};

/**
 * The body of a unary call, inspected before the library's adapter decodes it. Whatever the adapter refuses unread (a body that
 * is too long, cut short, or compressed in an unknown way) goes on to it as it came.
 *
 * @param callerName asked when the body has come: the call is authenticated by then
 * @throws ConnectError fit for the caller, as the body is read
 */
export async function* inspectedBody(
  method: DescMethod,
  { headers }: Pick<HttpRequest, "headers">,
  body: AsyncIterable<Uint8Array>,
  callerName: () => string,
): AsyncGenerator<Uint8Array> {
  const read = new BodySoFar(isGrpc(headers));
  for await (const chunk of body) {
    read.add(chunk);
    if (read.isTooLong) {
      yield* read.takeChunks();
    }
  }
  if (read.isTooLong) {
    return;
  }
  const whole = Buffer.concat(read.takeChunks());
  const message = await messageOf(headers, whole);
  if (message !== undefined) {
    await inspectMessage(method, message, encodingOf(headers), callerName());
  }
  yield whole;
}

/** A body as far as it has come, in however many chunks: what is asked of it costs the same at each. */
class BodySoFar {
  readonly #isGrpc: boolean;
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** Of gRPC: how long its message says that it is; undefined: it has not said so yet. */
  #promised: number | undefined;

  constructor(grpc: boolean) {
    this.#isGrpc = grpc;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
    if (this.#isGrpc && this.#promised === undefined && this.#length >= envelopeHead) {
      this.#promised = Buffer.concat(this.#chunks).readUInt32BE(1);
    }
  }

  /** Whether the adapter refuses the body for its length: it may never end. */
  get isTooLong(): boolean {
    const most = maxMessageBytes + (this.#isGrpc ? envelopeHead : 0);
    return this.#length > most || (this.#promised ?? 0) > maxMessageBytes;
  }

  takeChunks(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}

function isGrpc(headers: HttpRequest["headers"]): boolean {
  return /^application\/grpc/i.test(headers["content-type"] ?? "");
}

function encodingOf(headers: HttpRequest["headers"]): Encoding {
  return /json/i.test(headers["content-type"] ?? "") ? "json" : "binary";
}

/** The message in a body, decompressed; undefined: there is none that the adapter would read. */
async function messageOf(headers: HttpRequest["headers"], body: Buffer): Promise<Uint8Array | undefined> {
  if (!isGrpc(headers)) {
    return decompressed(headers["content-encoding"] ?? "identity", body);
  }
  if (body.length < envelopeHead || body.length < envelopeHead + body.readUInt32BE(1)) {
    return undefined;
  }
  const message = body.subarray(envelopeHead, envelopeHead + body.readUInt32BE(1));
  const compressed = (body.readUInt8() & 1) === 1;
  return decompressed(compressed ? headers["grpc-encoding"] : "identity", message);
}

async function decompressed(encoding: unknown, bytes: Uint8Array): Promise<Uint8Array | undefined> {
  const decompress = Object.hasOwn(decompressions, String(encoding)) ? decompressions[String(encoding)] : undefined;
  return decompress?.(bytes, { maxOutputLength: maxMessageBytes }).catch(() => undefined);
}
