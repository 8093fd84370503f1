import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, gunzip, gzip } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { maxMessageBytes, messageBounds } from "../call/message-bounds.js";
import { messageTooLarge } from "../errors/decode-errors.js";
import type { HttpRequest } from "../http/http.js";
import { type Encoding, inspectMessage } from "./inspect-message.js";

/** Of gRPC and gRPC-Web: a byte of flags and four of length. */
const envelopeHead = 5;

interface Coding {
  decode(bytes: Uint8Array, options: object): Promise<Uint8Array>;
  encode(bytes: Uint8Array): Promise<Uint8Array>;
}

const codings: Readonly<Record<string, Coding>> = {
  gzip: { decode: promisify(gunzip), encode: promisify(gzip) },
  br: { decode: promisify(brotliDecompress), encode: promisify(brotliCompress) },
  identity: { decode: async (bytes) => bytes, encode: async (bytes) => bytes },
};

/**
 * The body of a unary call, inspected before the library's adapter decodes it. Whatever the adapter refuses unread (a body that
 * is too long, cut short, or compressed in an unknown way) goes on to it as it came.
 *
 * @param actor asked when the body has come: the call is authenticated by then
 * @throws ConnectError fit for the caller, as the body is read
 */
export async function* inspectedBody(
  method: DescMethod,
  { headers }: Pick<HttpRequest, "headers">,
  body: AsyncIterable<Uint8Array>,
  actor: () => string,
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
  const inspected = message && (await inspectMessage(method, message, encodingOf(headers), actor()));
  yield inspected === undefined || inspected === message ? whole : await bodyOf(headers, whole, inspected);
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

/**
 * The message in a body, decompressed; undefined: there is none that the adapter would read.
 *
 * @param most the most bytes that the message may have: not more is decompressed, however little was sent
 */
async function messageOf(headers: HttpRequest["headers"], body: Buffer, most: number): Promise<Uint8Array | undefined> {
  if (isGrpc(headers) && (body.length < envelopeHead || body.length < envelopeHead + body.readUInt32BE(1))) {
    return undefined;
  }
  const bytes = isGrpc(headers) ? body.subarray(envelopeHead, envelopeHead + body.readUInt32BE(1)) : body;
  return codingOf(headers, body)
    ?.decode(bytes, { maxOutputLength: most })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_BUFFER_TOO_LARGE") {
        throw messageTooLarge(most);
      }
      return undefined;
    });
}

/** The body with another message in the place of its own, in the same form. */
async function bodyOf(headers: HttpRequest["headers"], body: Buffer, message: Uint8Array): Promise<Uint8Array> {
  const bytes = (await codingOf(headers, body)?.encode(message)) ?? message;
  if (!isGrpc(headers)) {
    return bytes;
  }
  const head = Buffer.from(body.subarray(0, envelopeHead));
  const rest = body.subarray(envelopeHead + head.readUInt32BE(1));
  head.writeUInt32BE(bytes.byteLength, 1);
  return Buffer.concat([head, bytes, rest]);
}

function codingOf(headers: HttpRequest["headers"], body: Buffer): Coding | undefined {
  const isCompressed = isGrpc(headers) ? (body.readUInt8() & 1) === 1 : headers["content-encoding"] !== undefined;
  const name = isCompressed ? String(headers[isGrpc(headers) ? "grpc-encoding" : "content-encoding"]) : "identity";
  return Object.hasOwn(codings, name) ? codings[name] : undefined;
}
