import { promisify } from "node:util";
import { brotliDecompress, gunzip } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { maxMessageBytes, messageBounds } from "../call/message-bounds.js";
import { messageTooLarge } from "../errors/decode-errors.js";
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
      yield read.take();
    }
  }
  if (read.isTooLong) {
    return;
  }
  const whole = read.take();
  const message = await messageOf(headers, whole, messageBounds(method).bytes);
  if (message !== undefined) {
    await inspectMessage(method, message, encodingOf(headers), callerName());
  }
  yield whole;
}

/** A body as far as it has come, in however many chunks: each costs its bytes, and no more is kept than them. */
class BodySoFar {
  readonly #isGrpc: boolean;
  #bytes = Buffer.alloc(0);
  #length = 0;
  #isTooLong = false;

  constructor(grpc: boolean) {
    this.#isGrpc = grpc;
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.byteLength;
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    const head = this.#isGrpc ? envelopeHead : 0;
    this.#isTooLong ||= length > maxMessageBytes + head || this.#promised > maxMessageBytes;
  }

  /** Whether the adapter refuses the body for its length, from then on: it may never end. */
  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  /** All of it that has come since it was taken last. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return taken;
  }

  /** Of gRPC: how long its message says that it is; 0: it has not said so yet. */
  get #promised(): number {
    return !this.#isGrpc || this.#length < envelopeHead ? 0 : this.#bytes.readUInt32BE(1);
  }
}

function isGrpc(headers: HttpRequest["headers"]): boolean {
  return /^application\/grpc/i.test(headers["content-type"] ?? "");
}

function encodingOf(headers: HttpRequest["headers"]): Encoding {
  return /json/i.test(headers["content-type"] ?? "") ? "json" : "binary";
}

/** The message in a body, decompressed; undefined: there is none that the adapter would read. */
async function messageOf(headers: HttpRequest["headers"], body: Buffer, most: number): Promise<Uint8Array | undefined> {
  if (!isGrpc(headers)) {
    return decompressed(headers["content-encoding"] ?? "identity", body, most);
  }
  if (body.length < envelopeHead || body.length < envelopeHead + body.readUInt32BE(1)) {
    return undefined;
  }
  const message = body.subarray(envelopeHead, envelopeHead + body.readUInt32BE(1));
  const compressed = (body.readUInt8() & 1) === 1;
  return decompressed(compressed ? headers["grpc-encoding"] : "identity", message, most);
}

/** @param most the most bytes that the message may have: not more is decompressed, however little was sent */
async function decompressed(encoding: unknown, bytes: Uint8Array, most: number): Promise<Uint8Array | undefined> {
  const decompress = Object.hasOwn(decompressions, String(encoding)) ? decompressions[String(encoding)] : undefined;
  return decompress?.(bytes, { maxOutputLength: most }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_BUFFER_TOO_LARGE") {
      throw messageTooLarge(most);
    }
    return undefined;
  });
}
