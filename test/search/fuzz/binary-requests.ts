import { type DescField, type DescMessage, fromJson, type JsonObject, ScalarType, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import type { Subject } from "../secrecy/rpcs.js";
import { hostileDouble, hostileInteger, hostileString } from "./hostile.js";
import { likelyNames, likelyTexts } from "./likely-values.js";

const deepest = 6;
const mostChanged = 3;

/** Protobuf requests that are valid but for some fields, whose values are likely, or what JSON cannot even say. */
export function binaryRequest(desc: DescMessage, valid: () => JsonObject, subject: Subject): fc.Arbitrary<Uint8Array> {
  const garbage = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: new Uint8Array(), freq: 1 });
  return fc
    .tuple(messageBytes(desc, subject, 0), garbage)
    .map((parts) => Buffer.concat([toBinary(desc, fromJson(desc, valid())), ...parts]));
}

/** A field that comes again takes the place of the first. */
function messageBytes(desc: DescMessage, subject: Subject, depth: number): fc.Arbitrary<Uint8Array> {
  const most = depth > deepest ? 0 : Math.min(mostChanged, desc.fields.length);
  return fc
    .shuffledSubarray([...desc.fields], { maxLength: most })
    .chain((fields) => fc.tuple(...fields.map((field) => fieldBytes(field, subject, depth))))
    .map((parts) => Buffer.concat(parts));
}

function fieldBytes(field: DescField, subject: Subject, depth: number): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 12, arbitrary: typedBytes(field, subject, depth) },
    // Another wire type than the field's.
    { weight: 1, arbitrary: hostileInteger.map((value) => varint(field.number, value)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => delimited(field.number, bytes)) },
    { weight: 1, arbitrary: hostileDouble.map((value) => double(field.number, value)) },
  );
}

function typedBytes(field: DescField, subject: Subject, depth: number): fc.Arbitrary<Uint8Array> {
  if (field.fieldKind === "map") {
    const name = fc.oneof(
      fc.constantFrom(...likelyNames).map((text) => new TextEncoder().encode(text)),
      textBytes([]),
    );
    const value = field.message === undefined ? textBytes([]) : messageBytes(field.message, subject, depth + 1);
    return fc
      .tuple(name, value)
      .map((entry) => delimited(field.number, Buffer.concat(entry.map((part, i) => delimited(i + 1, part)))));
  }
  if (field.message !== undefined) {
    return messageBytes(field.message, subject, depth + 1).map((bytes) => delimited(field.number, bytes));
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return textBytes(likelyTexts(field, subject)).map((bytes) => delimited(field.number, bytes));
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 40 }).map((bytes) => delimited(field.number, bytes));
    case ScalarType.DOUBLE:
      return hostileDouble.map((value) => double(field.number, value));
    default:
      return hostileInteger.map((value) => varint(field.number, value));
  }
}

/** UTF-8, mostly. */
function textBytes(likely: readonly string[]): fc.Arbitrary<Uint8Array> {
  const hostile = hostileString.map((text) => new TextEncoder().encode(text));
  const broken = fc.constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]);
  return fc.oneof(
    ...(likely.length === 0
      ? []
      : [{ weight: 6, arbitrary: fc.constantFrom(...likely).map((text) => new TextEncoder().encode(text)) }]),
    { weight: 2, arbitrary: hostile },
    { weight: 1, arbitrary: broken.map((bytes) => Uint8Array.from(bytes)) },
  );
}

function delimited(number: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish();
}

function varint(number: number, value: bigint): Uint8Array {
  return new BinaryWriter().tag(number, WireType.Varint).int64(BigInt.asIntN(64, value)).finish();
}

function double(number: number, value: number): Uint8Array {
  return new BinaryWriter().tag(number, WireType.Bit64).double(value).finish();
}
