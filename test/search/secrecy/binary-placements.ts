import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Placement } from "./json-placements.js";

const unknownField = 5000;

/**
 * Protobuf requests with `text` as the length-delimited value of every field of a message and of the messages in it: right
 * for strings, and the wrong wire type for numbers, or bytes that are no such message for others.
 *
 * @param base a valid request: a field that comes again later takes the place of the first
 * @param rightField the one field that the text belongs in
 */
export function* binaryPlacements(
  desc: DescMessage,
  base: Uint8Array,
  text: string,
  rightField: DescField,
): Generator<Placement<Uint8Array>> {
  for (const { where, message } of inMessage(desc, Buffer.from(text), rightField, [])) {
    yield { where, message: Buffer.concat([base, message]) };
  }
  yield { where: "the whole request", message: Buffer.from(text) };
}

function* inMessage(
  desc: DescMessage,
  text: Uint8Array,
  rightField: DescField,
  passed: readonly DescMessage[],
): Generator<Placement<Uint8Array>> {
  for (const field of desc.fields) {
    if (field !== rightField) {
      yield { where: field.name, message: delimited(field.number, text) };
      yield { where: `${field.name}, in bad UTF-8`, message: delimited(field.number, [...text, 0xff]) };
    }
    if (field.fieldKind === "map") {
      const named = Buffer.concat([delimited(1, text), delimited(2, [])]);
      yield { where: `${field.name}, a name in it`, message: delimited(field.number, named) };
      const valued = Buffer.concat([delimited(1, Buffer.from("name")), delimited(2, text)]);
      yield { where: `${field.name}, a value in it`, message: delimited(field.number, valued) };
    }
    // Values of a Struct hold values.
    if (field.message !== undefined && passed.filter((desc) => desc === field.message).length < 2) {
      for (const { where, message } of inMessage(field.message, text, rightField, [...passed, desc])) {
        yield { where: `${field.name}.${where}`, message: delimited(field.number, entered(field, message)) };
      }
    }
  }
  yield { where: "a field that is not there", message: delimited(unknownField, text) };
  const group = new BinaryWriter().tag(unknownField, WireType.StartGroup).tag(1, WireType.LengthDelimited).bytes(text);
  yield { where: "a group that is not there", message: group.tag(unknownField, WireType.EndGroup).finish() };
}

/** A map's value comes in an entry. */
function entered({ fieldKind }: DescField, message: Uint8Array): Uint8Array {
  return fieldKind === "map" ? Buffer.concat([delimited(1, Buffer.from("name")), delimited(2, message)]) : message;
}

function delimited(number: number, bytes: Iterable<number>): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(Uint8Array.from(bytes)).finish();
}
