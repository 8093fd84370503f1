import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Spoken } from "./answers.js";
import { binaryMessages, jsonMessages } from "./messages.js";
import type { PresentedKeys } from "./presented-keys.js";

const path = "/altalune.v1.VerificationService/VerifyApiKey";

/** One request as bytes, and where it may be cut into segments. */
interface Request {
  readonly method: string;
  readonly head: Buffer;
  readonly body: Buffer;
}

/** Mostly, a call has what it needs; now and then, one thing is not as it should be. */
function seldom<T>(usual: T, odd: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd });
}

/** Connections with one to `most` requests of VerifyApiKey, by Connect, by HTTP/1, as callers and others may send them. */
export function conversations(
  keys: PresentedKeys,
  presented: fc.Arbitrary<string>,
  authorizations: readonly (string | undefined)[],
  most = 4,
): fc.Arbitrary<Spoken> {
  const message = fc.boolean().chain((binary) =>
    fc.record({
      binary: fc.constant(binary),
      bytes: binary ? binaryMessages(presented, keys) : jsonMessages(presented, keys),
    }),
  );
  const request = fc
    .record({
      message,
      authorization: fc.constantFrom(...authorizations),
      source: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => `10.${bytes.join(".")}`),
      contentType: fc.oneof(
        { weight: 12, arbitrary: fc.constant("right" as const) },
        { weight: 3, arbitrary: oddContentTypes },
      ),
      gzip: seldom("no", fc.constantFrom("gzip", "gzip that is none", "identity", "br", "zstd")),
      method: seldom("POST", fc.constantFrom("GET", "HEAD", "OPTIONS", "PUT", "DELETE"), 20),
      path: seldom(
        path,
        fc.constantFrom(`${path}?a=b`, `${path}/`, `http://a${path}`, `${path}s`, path.toLowerCase()),
        20,
      ),
      version: seldom("1.1", fc.constant("1.0"), 10),
      host: seldom<string | undefined>(
        "localhost",
        fc.constantFrom(undefined, "a:8080", "[::1]", "a b", "[", "a:99999", "a/b", "1.2.3.999"),
      ),
      connection: seldom<string | undefined>(undefined, fc.constantFrom("close", "keep-alive", "TE"), 6),
      length: seldom("length", fc.constantFrom("chunked", "chunked", "none", "+length"), 8),
      extra: fc.array(fc.constantFrom(...extraHeaders), { maxLength: 3 }),
    })
    .map((parts): Parts => parts);
  return fc
    .record({
      requests: fc.oneof(
        { weight: 3, arbitrary: fc.array(request, { minLength: 1, maxLength: 1 }) },
        { weight: 1, arbitrary: fc.array(request, { minLength: Math.min(2, most), maxLength: most }) },
      ),
      segmentation: fc.constantFrom("whole", "whole", "whole", "head and body", "pieces"),
      cuts: fc.array(fc.nat({ max: 600 }), { maxLength: 4 }),
    })
    .map(({ requests, ...how }) => ({ requests: requests.length > 1 ? inLine(requests) : requests, ...how }))
    .map(({ requests, segmentation, cuts }) => ({
      methods: requests.map(({ method }) => method),
      segments: segmentsOf(requests.map(requestOf), segmentation, cuts),
    }));
}

const oddContentTypes = fc.constantFrom(
  "application/json; charset=utf-8",
  "application/json;charset=UTF-8",
  "application/json; charset=latin1",
  "Application/JSON",
  "APPLICATION/PROTO",
  "application/proto; a=b",
  "application/x-protobuf",
  "application/connect+json",
  "application/connect+proto",
  "application/grpc",
  "application/grpc-web+json",
  "text/plain",
  "other",
  "",
  undefined,
);

const extraHeaders = [
  "Connect-Protocol-Version: 1",
  "Connect-Protocol-Version: 2",
  "Connect-Timeout-Ms: 20000",
  "Connect-Timeout-Ms: 99999999999",
  "Connect-Timeout-Ms: abc",
  "Connect-Timeout-Ms: -1",
  "Accept-Encoding: gzip, deflate, br",
  "Accept-Encoding: gzip",
  "Accept-Encoding: identity",
  "Accept-Encoding: *",
  "Origin: https://app.example.com",
  "Origin: https://other.example.com",
  "Origin: null",
  "Access-Control-Request-Method: POST",
  "X-Request-Id: mine-1234",
  "X-Request-Id: not a good one",
  `X-Request-Id: ${"a".repeat(65)}`,
  "X-Request-Id: a\r\nX-Request-Id: b",
  "User-Agent: test",
  "Accept: */*",
  "Expect: 100-continue",
  "Expect: something",
  "TE: trailers",
  "Trailer: X-Sum",
  "Content-Type: text/plain",
  "Cookie: a=b",
  "Upgrade: h2c",
  "Content-Encoding: identity",
] as const;

interface Parts {
  readonly message: { readonly binary: boolean; readonly bytes: Buffer };
  readonly authorization: string | undefined;
  readonly source: string;
  readonly contentType: string | undefined;
  readonly gzip: string;
  readonly method: string;
  readonly path: string;
  readonly version: string;
  readonly host: string | undefined;
  readonly connection: string | undefined;
  readonly length: string;
  readonly extra: readonly string[];
}

/**
 * Requests one behind the other. What ends the connection, or cannot be read, does so whether or not those before are
 * answered yet, so that only the last may; and Node sends "100 Continue" in the midst of the answer that it belongs before.
 */
function inLine(requests: readonly Parts[]): readonly Parts[] {
  return requests.map((parts, index) => ({
    ...parts,
    ...(index < requests.length - 1 && { version: "1.1", connection: undefined }),
    host: parts.host ?? "localhost",
    length: parts.length === "+length" ? "length" : parts.length,
    extra: parts.extra.filter((line) => !line.startsWith("Expect")),
  }));
}

function requestOf(parts: Parts): Request {
  const { message, method, path, version, length } = parts;
  const contentType =
    parts.contentType === "right" ? (message.binary ? "application/proto" : "application/json") : parts.contentType;
  const encoding = parts.gzip === "gzip that is none" ? "gzip" : parts.gzip;
  const bytes = parts.gzip === "gzip" ? gzipSync(message.bytes) : message.bytes;
  const chunked = length === "chunked" && version === "1.1";
  const headers: readonly (readonly [string, string | undefined])[] = [
    ["Host", parts.host],
    ["Authorization", parts.authorization],
    ["X-Forwarded-For", parts.source],
    ["Content-Type", contentType],
    ["Content-Encoding", encoding === "no" ? undefined : encoding],
    ["Connection", parts.connection],
    ["Transfer-Encoding", chunked ? "chunked" : undefined],
    [
      "Content-Length",
      chunked || length === "none" ? undefined : length === "+length" ? `+${bytes.length}` : `${bytes.length}`,
    ],
  ];
  const lines = headers.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const head = `${method} ${path} HTTP/${version}\r\n${[...lines, ...parts.extra].join("\r\n")}\r\n\r\n`;
  const body = chunked ? inChunks(bytes) : length === "none" ? Buffer.alloc(0) : bytes;
  return { method, head: Buffer.from(head, "latin1"), body };
}

function inChunks(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1;
  const chunks = [bytes.subarray(0, middle), bytes.subarray(middle)].filter(({ length }) => length > 0);
  return Buffer.concat([
    ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]),
    Buffer.from("0\r\n\r\n"),
  ]);
}

function segmentsOf(requests: readonly Request[], segmentation: string, cuts: readonly number[]): readonly Buffer[] {
  if (segmentation === "head and body") {
    return requests.flatMap(({ head, body }) => [head, body]);
  }
  const all = Buffer.concat(requests.flatMap(({ head, body }) => [head, body]));
  if (segmentation === "whole") {
    return [all];
  }
  const ends = [...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
  return ends.map((end, i) => all.subarray(ends[i - 1] ?? 0, end)).filter(({ length }) => length > 0);
}
