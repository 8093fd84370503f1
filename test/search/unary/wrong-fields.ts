import { type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from "@bufbuild/protobuf";
import { isGoogles } from "../secrecy/json-placements.js";

const longText = "a".repeat(10_000);

/** Messages that are good but for one field, which is missing, or holds what its rules or its type do not allow. */
export function* wrongFields(desc: DescMessage, good: () => JsonObject): Generator<JsonObject> {
  for (const field of desc.fields) {
    const { [field.jsonName]: _, ...others } = good();
    yield others;
    for (const value of wrongValues(field, objectOf(good()[field.jsonName]))) {
      yield { ...good(), [field.jsonName]: value };
    }
  }
}

function* wrongValues(field: DescField, good: JsonObject): Generator<JsonValue> {
  switch (field.fieldKind) {
    case "list":
      for (const value of field.message === undefined ? wrongScalars(field) : wrongMessages(field.message, {})) {
        yield [value];
      }
      yield Array.from({ length: 1_001 }, () => (field.message === undefined ? "a" : {}));
      return;
    case "map":
      yield { "": "a" };
      yield { name: {} };
      yield Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`name${i}`, {}]));
      return;
    case "message":
      yield* wrongMessages(field.message, good);
      return;
    default:
      yield* wrongScalars(field);
  }
}

function* wrongMessages(desc: DescMessage, good: JsonObject): Generator<JsonValue> {
  yield "a";
  if (!isGoogles(desc)) {
    yield* wrongFields(desc, () => good);
  }
}

function wrongScalars({ enum: enumeration, scalar }: DescField): readonly JsonValue[] {
  if (enumeration !== undefined) {
    return ["NONE", 99];
  }
  switch (scalar) {
    case ScalarType.STRING:
      return [7, "", "a\0", longText];
    case ScalarType.BYTES:
      return ["!", "YQ=="];
    case ScalarType.BOOL:
      return ["a"];
    default:
      return ["a", -1, 4_294_967_295, 0];
  }
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
