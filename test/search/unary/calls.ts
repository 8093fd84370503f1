import { type DescMethodUnary, fromJson, type JsonObject, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { binaryRequest } from "../fuzz/binary-requests.js";
import { jsonRequest } from "../fuzz/json-requests.js";
import { authorizationOf, type Subject, validRequest } from "../secrecy/rpcs.js";
import { environmentKey } from "./root-keys.js";
import { wrongFields } from "./wrong-fields.js";

/** A request of an rpc, to be sent to several instances. */
export interface SentCall {
  readonly rpc: DescMethodUnary;
  readonly over: "http1" | "http2";
  readonly method: string;
  /** Behind the path. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Holds placeholders where each instance has names of its own. */
  readonly body: Buffer;
  /** Whether the body is compressed before it is sent. */
  readonly gzip: boolean;
  /** Whether its length stands in a header. */
  readonly sized: boolean;
}

/** What stands in a body for what each instance names in its own way; as long as that. */
export const placeholders: Subject = {
  projectId: "P".repeat(14),
  apiKeyId: "K".repeat(14),
  key: `sk-${"c".repeat(49)}`,
  token: `alt_portal_${"t".repeat(49)}.${"T".repeat(14)}`,
  code: `alt_code_${"d".repeat(49)}.${"D".repeat(14)}`,
  userId: "U".repeat(14),
  webhookId: "W".repeat(14),
  eventId: "E".repeat(14),
};

/** Stand in the header `Authorization`, likewise. */
export const rootKeyPlaceholders = {
  verifies: "V".repeat(40),
  reads: "R".repeat(40),
  ofOtherProject: "O".repeat(40),
  revoked: "X".repeat(40),
} as const;

export const contentTypes = { json: "application/json", binary: "application/proto" } as const;

/** A request that the rpc takes, in every form that the unary face serves. */
export function goodCalls(
  rpc: DescMethodUnary,
  message: () => JsonObject = () => validRequest(rpc, placeholders),
): readonly SentCall[] {
  return (["http1", "http2"] as const).flatMap((over) =>
    (["json", "binary"] as const).map((encoding) => plainCall(rpc, over, encoding, message())),
  );
}

/** Requests with one wrong field each, in binary where it can be said in binary, every other time. */
export function wrongCalls(rpc: DescMethodUnary): readonly SentCall[] {
  const messages = [...wrongFields(rpc.input, () => validRequest(rpc, placeholders))];
  return messages.map((message, index) =>
    index % 2 === 1 && isSayable(rpc, message)
      ? plainCall(rpc, "http2", "binary", message)
      : plainCall(rpc, "http1", "json", message),
  );
}

function plainCall(
  rpc: DescMethodUnary,
  over: SentCall["over"],
  encoding: "json" | "binary",
  message: JsonObject,
): SentCall {
  return {
    rpc,
    over,
    method: "POST",
    query: "",
    headers: {
      "content-type": contentTypes[encoding],
      authorization: authorizationOf(rpc, placeholders, environmentKey),
    },
    body: encoded(rpc, message, encoding),
    gzip: false,
    sized: encoding === "json",
  };
}

function isSayable(rpc: DescMethodUnary, message: JsonObject): boolean {
  try {
    fromJson(rpc.input, message);
    return true;
  } catch {
    return false;
  }
}

/** Requests of an rpc, good and bad, in JSON and binary, as callers and others may send them. */
export function anyCalls(rpc: DescMethodUnary): fc.Arbitrary<SentCall> {
  return fc.constantFrom("json" as const, "json" as const, "binary" as const).chain((encoding) =>
    fc
      .record({
        over: seldom<SentCall["over"]>("http1", fc.constant("http2"), 2),
        method: seldom("POST", fc.constantFrom("GET", "PUT"), 40),
        query: seldom("", fc.constantFrom("?a=b", "?connect=v1&encoding=json&message={}"), 20),
        contentType: seldom<string | undefined>(contentTypes[encoding], oddContentTypes, 10),
        authorization: seldom<string | undefined>(
          authorizationOf(rpc, placeholders, environmentKey),
          oddAuthorizations,
          10,
        ),
        clientAddress: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => `10.${bytes.join(".")}`),
        encoded: seldom("no", fc.constantFrom("gzip", "gzip that is none", "identity", "zstd")),
        odd: fc.subarray(oddHeaders, { maxLength: 2 }),
        body: bodies(rpc, encoding),
        sized: fc.boolean(),
      })
      .map(({ contentType, authorization, clientAddress, encoded, odd, ...call }) => ({
        rpc,
        ...call,
        headers: {
          "x-forwarded-for": clientAddress,
          ...(contentType !== undefined && { "content-type": contentType }),
          ...(authorization !== undefined && { authorization }),
          ...(encoded !== "no" && { "content-encoding": encoded.split(" ", 1)[0] ?? "" }),
          ...Object.fromEntries(odd.filter(([, value]) => value !== noHost || call.over === "http1")),
        },
        gzip: encoded === "gzip",
      })),
  );
}

/** Mostly, a call has what it needs; now and then, one thing is not as it should be. */
function seldom<T>(usual: T, odd: fc.Arbitrary<T>, weight = 16): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd });
}

function encoded({ input }: DescMethodUnary, message: JsonObject, encoding: "json" | "binary"): Buffer {
  return Buffer.from(encoding === "json" ? JSON.stringify(message) : toBinary(input, fromJson(input, message)));
}

function bodies(rpc: DescMethodUnary, encoding: "json" | "binary"): fc.Arbitrary<Buffer> {
  const good = () => validRequest(rpc, placeholders);
  const changed: fc.Arbitrary<string | Uint8Array> =
    encoding === "json" ? jsonRequest(rpc.input, good, placeholders) : binaryRequest(rpc.input, good, placeholders);
  const message = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined).map(() => encoded(rpc, good(), encoding)) },
    { weight: 8, arbitrary: changed.map((text) => Buffer.from(text as string)) },
  );
  return fc.oneof(
    { weight: 16, arbitrary: message },
    {
      weight: 1,
      arbitrary: message.chain((bytes) => fc.nat({ max: bytes.length }).map((end) => bytes.subarray(0, end))),
    },
    { weight: 1, arbitrary: message.map((bytes) => Buffer.concat([bytes, bytes])) },
    // Comes in several pieces.
    { weight: 1, arbitrary: message.map((bytes) => Buffer.concat([bytes, Buffer.alloc(200_000, " ")])) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constantFrom(...oddBodies) },
  );
}

const oddBodies = [
  "",
  " ",
  "null",
  "[]",
  "{",
  "{}",
  '{"unknown":1}',
  "\u00ff",
  " ".repeat(1024 * 1024),
  " ".repeat(1024 * 1024 + 1),
].map((text) => Buffer.from(text));

const oddContentTypes = fc.constantFrom(
  "application/json; charset=utf-8",
  "Application/JSON",
  "application/proto; a=b",
  "application/json",
  "application/proto",
  "application/connect+json",
  "text/plain",
  "",
  undefined,
);

const oddAuthorizations = fc.constantFrom(
  `Bearer ${placeholders.token}`,
  `Bearer alt_portal_${"x".repeat(40)}`,
  ...Object.values(rootKeyPlaceholders).map((key) => `Bearer ${key}`),
  undefined,
  `Bearer ${"x".repeat(40)}`,
  `Basic ${environmentKey}`,
  `bearer   ${environmentKey}  `,
  "Bearer",
  "",
);

/** HTTP/2 refuses it before it comes to a call. */
const noHost = "a/b";

const oddHeaders: [name: string, value: string][] = [
  ["accept-encoding", "gzip"],
  ["accept-encoding", "gzip, deflate, br"],
  ["accept-encoding", "br;q=0.5, *"],
  ["accept-encoding", "identity"],
  ["accept-encoding", "gzip;q=0"],
  ["connect-protocol-version", "1"],
  ["connect-protocol-version", "2"],
  ["connect-timeout-ms", "20000"],
  ["connect-timeout-ms", "9999999999"],
  ["connect-timeout-ms", "99999999999"],
  ["connect-timeout-ms", "020000"],
  ["connect-timeout-ms", "abc"],
  ["connect-timeout-ms", "-1"],
  ["origin", "https://app.example.com"],
  ["origin", "null"],
  ["host", "a:99999"],
  ["host", "[::1]"],
  ["host", noHost],
  ["x-request-id", "not a good one"],
  ["te", "trailers"],
  ["user-agent", "\u00e9"],
  ["cookie", "a=b; c=d"],
];
