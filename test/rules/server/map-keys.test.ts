import { create, createFileRegistry } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { jsonViolations } from "../../../src/server/inspection/json-values.js";

const { INT64, STRING, MESSAGE } = FieldDescriptorProto_Type;
const { OPTIONAL, REPEATED } = FieldDescriptorProto_Label;

/** A message with a map, which no request of ours has with such values. */
function messageWithMap(key: FieldDescriptorProto_Type, value: FieldDescriptorProto_Type) {
  const entry = {
    name: "CountsEntry",
    options: { mapEntry: true },
    field: [
      { name: "key", number: 1, label: OPTIONAL, type: key },
      { name: "value", number: 2, label: OPTIONAL, type: value },
    ],
  };
  const counts = { name: "counts", number: 1, label: REPEATED, type: MESSAGE, typeName: ".test.Counted.CountsEntry" };
  const file = create(FileDescriptorProtoSchema, {
    name: "test.proto",
    package: "test",
    syntax: "proto3",
    messageType: [{ name: "Counted", field: [{ ...counts, jsonName: "counts" }], nestedType: [entry] }],
  });
  const message = createFileRegistry(file, () => undefined).getMessage("test.Counted");
  if (message === undefined) {
    throw new Error("the message was not made");
  }
  return message;
}

const rulesOf = (message: ReturnType<typeof messageWithMap>, counts: object) =>
  jsonViolations(message, Buffer.from(JSON.stringify({ counts }))).length;

test("the key of a map is held to the type of keys, and its value to that of values", () => {
  const byText = messageWithMap(STRING, INT64);
  expect(rulesOf(byText, { abc: "1" })).toBe(0);
  expect(rulesOf(byText, { abc: "0x1" })).toBe(1);

  const byNumber = messageWithMap(INT64, STRING);
  expect(rulesOf(byNumber, { "12": "abc" })).toBe(0);
  expect(rulesOf(byNumber, { "0x12": "abc" })).toBe(1);
});
