import { type DescEnum, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { Path } from "@bufbuild/protobuf/reflect";

/** What belongs into a field, to be read after "must be". */
export function fieldDescription(member: Path[number] | undefined): string {
  if (member?.kind === "oneof") {
    return "given by one of its fields";
  }
  if (member?.kind !== "field") {
    return "valid";
  }
  switch (member.fieldKind) {
    case "list":
      return `a list, each item ${singular(member)}`;
    case "map":
      return `an object, each value ${singular(member)}`;
    default:
      return singular(member);
  }
}

interface Typed {
  readonly scalar?: ScalarType | undefined;
  readonly enum?: DescEnum | undefined;
  readonly message?: DescMessage | undefined;
}

function singular(field: Typed): string {
  if (field.message !== undefined) {
    return messages[field.message.typeName] ?? "an object";
  }
  if (field.enum !== undefined) {
    return `one of ${field.enum.values.map((value) => value.name).join(", ")}`;
  }
  return field.scalar === undefined ? "valid" : scalars[field.scalar];
}

const messages: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": "a time as 2030-12-31T23:59:59Z",
  "google.protobuf.Duration": "a duration in seconds as 3600s",
  "google.protobuf.FieldMask": "field names in lowerCamelCase, separated by commas, in one string",
};

const whole32 = "a whole number of at most 32 bits";
const unsigned32 = "a whole number from 0 to 4294967295";
const whole64 = "a whole number of at most 64 bits";
const unsigned64 = "a whole number of at most 64 bits, not negative";

const scalars: Readonly<Record<ScalarType, string>> = {
  [ScalarType.STRING]: "a string",
  [ScalarType.BOOL]: "true or false",
  [ScalarType.BYTES]: "base64",
  [ScalarType.DOUBLE]: "a number",
  [ScalarType.FLOAT]: "a number",
  [ScalarType.INT32]: whole32,
  [ScalarType.SINT32]: whole32,
  [ScalarType.SFIXED32]: whole32,
  [ScalarType.UINT32]: unsigned32,
  [ScalarType.FIXED32]: unsigned32,
  [ScalarType.INT64]: whole64,
  [ScalarType.SINT64]: whole64,
  [ScalarType.SFIXED64]: whole64,
  [ScalarType.UINT64]: unsigned64,
  [ScalarType.FIXED64]: unsigned64,
};
