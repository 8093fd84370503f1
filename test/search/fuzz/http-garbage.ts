import fc from "fast-check";

const path = "/altalune.v1.VerificationService/VerifyApiKey";

/** Bytes for a bare socket, and whether the connection is left half open behind them. */
export interface Garbage {
  readonly bytes: Uint8Array;
  readonly leave: "at once" | "after the answer";
}

/** What is not quite HTTP, and what is nothing like it. */
export function garbage(rootKey: string): fc.Arbitrary<Garbage> {
  const authorization = `Authorization: Bearer ${rootKey}`;
  const line = fc.constantFrom(`POST ${path} HTTP/1.1`, `GET /readyz HTTP/1.1`, `POST ${path} HTTP/1.0`);
  const headers = fc.array(fc.oneof(fc.constantFrom(authorization, ...smuggling), strangeHeader), { maxLength: 8 });
  const body = fc.oneof(
    fc.constantFrom("", "{}", "2\r\n{}\r\n0\r\n\r\n", "ffffffffffffffff\r\n", "-1\r\n"),
    fc.string(),
  );
  const almostHttp1 = fc
    .tuple(fc.oneof(line, fc.string()), headers, body, fc.constantFrom("\r\n", "\n", "\r"))
    .map(([first, others, rest, end]) => Buffer.from([first, "Host: a", ...others, "", rest].join(end), "latin1"));
  const almostHttp2 = fc.array(frame, { maxLength: 6 }).map((frames) => Buffer.concat([preface, ...frames]));
  return fc.record({
    bytes: fc.oneof(
      almostHttp1,
      almostHttp2,
      fc.uint8Array({ maxLength: 200 }),
      // Cut off anywhere.
      fc.tuple(fc.oneof(almostHttp1, almostHttp2), fc.nat({ max: 200 })).map(([bytes, end]) => bytes.subarray(0, end)),
      fc
        .integer({ min: 1, max: 40 })
        .map((kib) => Buffer.from(`GET / HTTP/1.1\r\nX: ${"a".repeat(kib * 1024)}\r\n\r\n`)),
      fc
        .integer({ min: 1, max: 3_000 })
        .map((count) => Buffer.from(`GET / HTTP/1.1\r\n${"a: b\r\n".repeat(count)}\r\n`)),
      fc
        .integer({ min: 1, max: 200 })
        .map((count) => Buffer.from("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count))),
    ),
    leave: fc.constantFrom("at once", "after the answer"),
  });
}

/** Headers by which two servers come to disagree on where a request ends. */
const smuggling = [
  "Content-Length: 2",
  "Content-Length: 5",
  "Content-Length: 2, 2",
  "Content-Length: -1",
  "Content-Length: +2",
  "Content-Length: 0x2",
  "Content-Length: 99999999999999999999",
  "Content-Length: 1048577",
  "Content-Length : 2",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding:\x0bchunked",
  "Transfer-Encoding: gzip",
  "Content-Type: application/json",
  "Content-Type: application/grpc",
  "Connection: close",
  "Connection: upgrade",
  "Upgrade: h2c",
  "HTTP2-Settings: AAMAAABkAAQAAP__",
  "Expect: 100-continue",
  "Host: b",
  " folded: line",
];

const strangeHeader = fc
  .tuple(fc.string({ unit: "binary-ascii", maxLength: 10 }), fc.string({ unit: "binary", maxLength: 20 }))
  .map(([name, value]) => `${name}: ${value}`);

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Of HTTP/2, of any type, with a length that fits or not. */
const frame = fc
  .tuple(
    fc.nat({ max: 255 }),
    fc.nat({ max: 12 }),
    fc.nat({ max: 255 }),
    fc.nat({ max: 5 }),
    fc.uint8Array({ maxLength: 30 }),
  )
  .map(([surplus, type, flags, stream, payload]) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length + (surplus > 230 ? surplus : 0), 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  });
