import { type DescField, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import type { Choice } from "./rules.js";

/** That a request sets one of some fields and no other of them, as keywords of its schema. What is zero is not set. */
export function choiceSchema({ fields, required }: Choice): JsonObject {
  const pairs = fields.flatMap((field, i) => fields.slice(i + 1).map((other) => ({ not: set([field, other]) })));
  // In `allOf`, which generators of types read as one with the fields; beside them they take it for another type.
  return { allOf: [...(required ? [{ anyOf: fields.map((field) => set([field])) }] : []), ...pairs] };
}

function set(fields: readonly DescField[]): JsonObject {
  return {
    properties: Object.fromEntries(fields.map((field) => [field.jsonName, schemaOf(field)])),
    required: fields.map(({ jsonName }) => jsonName),
  };
}

function schemaOf({ scalar, message }: DescField): JsonObject {
  if (scalar === ScalarType.BOOL) {
    return { type: "boolean", const: true };
  }
  if (message?.typeName === "google.protobuf.Struct") {
    return { type: "object" };
  }
  return { type: "string", ...(message === undefined && { minLength: 1 }) };
}
