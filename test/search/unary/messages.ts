import fc from "fast-check";
import { hostileInteger, hostileJson, hostileString, objectText } from "../fuzz/hostile.js";
import type { PresentedKeys } from "./presented-keys.js";

/** Bytes of a message, in JSON or binary; mostly nearly right. */
export function jsonMessages(keys: fc.Arbitrary<string>, { projectId, otherProjectId }: PresentedKeys) {
  const quoted = (texts: fc.Arbitrary<string>) => texts.chain(jsonSpellings);
  const project = quoted(fc.constantFrom(projectId, projectId, otherProjectId, "", "22222222222222", "short", "é"));
  const member = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constant("key"), quoted(keys)) },
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom("projectId", "projectId", "project_id"), project) },
    {
      weight: 4,
      arbitrary: fc.tuple(
        fc.constantFrom("requiredScopes", "requiredScopes", "required_scopes"),
        fc.oneof(
          fc.array(quoted(scopes(keys)), { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
          fc.constantFrom("null", "[]", '"orders:read"', "[null]", `[${'"a",'.repeat(64)}"a"]`, "[1]", "{}"),
        ),
      ),
    },
    {
      weight: 4,
      arbitrary: fc.tuple(
        fc.constant("cost"),
        fc.oneof(
          fc.constantFrom(
            "0",
            "1",
            "2",
            "-1",
            "-0",
            "1.0",
            "1e0",
            "1.5",
            "4294967295",
            "4294967296",
            '"1"',
            '""',
            "null",
          ),
          hostileInteger.map(String),
        ),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constant("consistency"),
        fc.constantFrom(
          '"CONSISTENCY_FULLY_CONSISTENT"',
          "1",
          "2",
          "3",
          '"CONSISTENCY_MINIMIZE_LATENCY"',
          '"other"',
          "null",
        ),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom("sourceIp", "sourceIp", "source_ip"), quoted(addresses)),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom("userAgent", "userAgent", "user_agent"), quoted(agents(keys))),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.oneof(fc.constantFrom("unknown", "__proto__", "Key", ""), hostileString), hostileJson),
    },
  );
  const key = fc.tuple(fc.constant("key"), quoted(keys));
  const object = fc.oneof(
    { weight: 6, arbitrary: key.map((only) => objectText([only])) },
    {
      weight: 6,
      arbitrary: fc.tuple(key, fc.array(member, { maxLength: 3 })).map(([first, more]) => objectText([first, ...more])),
    },
    { weight: 2, arbitrary: fc.array(member, { maxLength: 4 }).map(objectText) },
    { weight: 1, arbitrary: hostileJson },
  );
  return object.chain((text) =>
    damaged(Buffer.from(text), [
      (bytes) => Buffer.concat([Buffer.from("\ufeff"), bytes]),
      (bytes) => Buffer.concat([Buffer.from(" \r\n\t"), bytes, Buffer.from("\n ")]),
      (bytes) => Buffer.concat([bytes, Buffer.from("}")]),
      (bytes) => Buffer.from(bytes.toString().replaceAll(":", " : ").replaceAll(",", " ,\n")),
      (bytes) => Buffer.concat([Buffer.alloc(Math.max(0, 8_192 - bytes.length), " "), bytes]),
    ]),
  );
}

export function binaryMessages(keys: fc.Arbitrary<string>, { projectId, otherProjectId }: PresentedKeys) {
  const text = (field: number, texts: fc.Arbitrary<string>) =>
    fc.tuple(texts, longer).map(([value, extra]) => {
      const bytes = Buffer.from(value);
      return Buffer.concat([varint(BigInt(field * 8 + 2), 0), varint(BigInt(bytes.length), extra), bytes]);
    });
  const number = (field: number, values: fc.Arbitrary<bigint>) =>
    fc
      .tuple(values, longer)
      .map(([value, extra]) => Buffer.concat([varint(BigInt(field * 8), 0), varint(value, extra)]));
  const key = text(1, keys);
  const field = fc.oneof(
    { weight: 4, arbitrary: key },
    { weight: 4, arbitrary: text(2, fc.constantFrom(projectId, projectId, otherProjectId, "", "short", "é")) },
    { weight: 4, arbitrary: text(3, scopes(keys)) },
    {
      weight: 4,
      arbitrary: number(4, fc.oneof(fc.constantFrom(0n, 1n, 2n, 2n ** 28n, 2n ** 32n - 1n, 2n ** 32n), hostileInteger)),
    },
    { weight: 2, arbitrary: number(5, fc.constantFrom(0n, 1n, 2n, 3n)) },
    { weight: 2, arbitrary: text(6, addresses) },
    { weight: 2, arbitrary: text(7, agents(keys)) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        text(8, fc.string()),
        number(1, hostileInteger),
        text(4, fc.string()),
        number(300, hostileInteger),
      ),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("0b0c", "0d01020304", "0901020304050607", "8a0005", "0a8000", "0aff")
        .map((hex) => Buffer.from(hex, "hex")),
    },
  );
  return fc
    .oneof(
      { weight: 4, arbitrary: key },
      {
        weight: 6,
        arbitrary: fc
          .tuple(key, fc.array(field, { maxLength: 3 }))
          .map(([first, more]) => Buffer.concat([first, ...more])),
      },
      { weight: 3, arbitrary: fc.array(field, { maxLength: 4 }).map((fields) => Buffer.concat(fields)) },
    )
    .chain((bytes) =>
      damaged(bytes, [(given) => Buffer.concat([given, Buffer.from([0])]), (given) => Buffer.concat([given, given])]),
    );
}

/** Of clients, and what is none. */
const addresses = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom(
    "::ffff:203.0.113.9",
    "fe80::1%eth0",
    "203.0.113.09",
    "203.0.113",
    "1.2.3.4, 5.6.7.8",
    "[::1]",
    "localhost",
    "",
  ),
  fc.string(),
);

function agents(keys: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom("orders/1.2", "", "a".repeat(300), "\0", "é"), fc.string(), keys);
}

function scopes(keys: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      "orders:read",
      "orders:read",
      "orders",
      "contents",
      "a".repeat(31),
      "a".repeat(32),
      "a".repeat(100),
    ),
    fc.constantFrom("a".repeat(101), "orders:*", "*", "", "a::b", ":a", "a:", "é", "a b", "orders:read\n", "\0"),
    keys,
    keys.map((key) => `a:${key}`),
  );
}

/** The same text as JSON may spell it. */
function jsonSpellings(text: string): fc.Arbitrary<string> {
  const escaped = [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(JSON.stringify(text)) },
    { weight: 1, arbitrary: fc.constant(`"${escaped}"`) },
    { weight: 1, arbitrary: fc.constantFrom("null", "1", "true", "[]", '"\\ud800"') },
  );
}

/** Now and then cut off, with a byte too many or wrong, or otherwise not as it was. */
function damaged(bytes: Buffer, ways: readonly ((bytes: Buffer) => Buffer)[]): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 16, arbitrary: fc.constant(bytes) },
    { weight: 3, arbitrary: fc.constantFrom(...ways).map((way) => way(bytes)) },
    { weight: 1, arbitrary: fc.nat({ max: bytes.length }).map((end) => bytes.subarray(0, end)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.nat({ max: bytes.length }), fc.constantFrom(0, 0x1f, 0x22, 0x5c, 0x7f, 0x80, 0xc3, 0xff))
        .map(([at, byte]) => Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)])),
    },
  );
}

/** How many bytes longer than need be a varint is. */
const longer = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }) },
);

function varint(value: bigint, extra: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  bytes.push(...Array.from({ length: extra }, () => 0x80));
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) & 0x7f;
  return Buffer.from(bytes);
}
