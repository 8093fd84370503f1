import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** Google's types as a caller meets them in JSON. */
const wellKnown: Readonly<Record<string, string>> = {
  "google.protobuf.Timestamp": "time",
  "google.protobuf.Duration": "duration",
  "google.protobuf.Struct": "object",
  "google.protobuf.FieldMask": "field mask",
};

/** How a field's type is written, with a link to what it is made of. */
export function typeOf(field: DescField, linkTo: (desc: DescMessage | DescEnum) => string): string {
  switch (field.fieldKind) {
    case "scalar":
      return scalarName(field.scalar) + (field.proto.proto3Optional ? ", optional" : "");
    case "enum":
      return linkTo(field.enum);
    case "message":
      return wellKnown[field.message.typeName] ?? linkTo(field.message);
    case "list":
      return `list of ${field.message ? linkTo(field.message) : field.enum ? linkTo(field.enum) : scalarName(field.scalar)}`;
    case "map":
      return `map of ${scalarName(field.mapKey)} to ${field.message ? linkTo(field.message) : field.enum ? linkTo(field.enum) : scalarName(field.scalar)}`;
  }
}

function scalarName(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}
