import type { DescField, JsonObject } from "@bufbuild/protobuf";
import { durationSchema } from "./duration-schema.js";
import { maskableNames } from "./update-mask.js";

/** Google's types as JSON has them; undefined: the message is one of ours. */
export function wellKnownSchema(field: DescField): JsonObject | undefined {
  switch (field.message?.typeName) {
    case "google.protobuf.Timestamp":
      return { type: "string", format: "date-time" };
    case "google.protobuf.Duration":
      return durationSchema(field);
    case "google.protobuf.Struct":
      return { type: "object", additionalProperties: true };
    case "google.protobuf.FieldMask": {
      const name = `(${maskableNames(field, "jsonName").join("|")})`;
      return { type: "string", pattern: `^(${name}(,${name})*)?$` };
    }
    default:
      return undefined;
  }
}
