import type { DescEnum, DescField, DescMessage, JsonObject } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import type { RepeatedRules, StringRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { bytesSchema } from "./bytes-schema.js";
import { choiceSchema } from "./choices.js";
import { numberSchema } from "./number-schema.js";
import { choicesOf, ignoresUnset, isRequired, rulesOf } from "./rules.js";
import { descriptionOf, inJson } from "./text.js";
import { pathTextSchema, textSchema } from "./text-schema.js";
import { wellKnownSchema } from "./well-known-schema.js";

/** A request is held to rules, and may say null of what it leaves unset; an answer has every field that has no presence. */
type Mode = "request" | "answer";

/** The schemas that operations refer to, made as they are asked for. */
export class Components {
  readonly #schemas = new Map<string, JsonObject>();
  readonly #isOfClient: (field: DescField) => boolean;

  /** @param isOfClient whether a field is what the client of a guarded API sent, whatever that is */
  constructor(isOfClient: (field: DescField) => boolean) {
    this.#isOfClient = isOfClient;
  }

  /** By name, sorted. */
  get schemas(): JsonObject {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** @param elsewhere fields that path or query say */
  body(name: string, message: DescMessage, elsewhere: ReadonlySet<DescField>): JsonObject {
    return this.#ref(name, () => this.#object(message, "request", elsewhere));
  }

  answer(message: DescMessage): JsonObject {
    return this.#ref(message.name, () => this.#object(message, "answer"));
  }

  add(name: string, schema: JsonObject): JsonObject {
    return this.#ref(name, () => schema);
  }

  /** A text as a path says it, in which it is not empty. */
  inPath(field: DescField): JsonObject {
    const type = rulesOf(field)?.type;
    return { type: "string", ...pathTextSchema(type?.case === "string" ? type.value : undefined) };
  }

  /** A field as it stands in a query, or in a body where it is set. */
  asked(field: DescField): JsonObject {
    return this.#field(field, "request");
  }

  #ref(name: string, make: () => JsonObject): JsonObject {
    if (!this.#schemas.has(name)) {
      this.#schemas.set(name, {});
      this.#schemas.set(name, make());
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #object(message: DescMessage, mode: Mode, elsewhere: ReadonlySet<DescField> = new Set()): JsonObject {
    const fields = message.fields.filter((field) => !elsewhere.has(field));
    const isAlwaysThere = mode === "request" ? isRequired : isAlwaysSent;
    const required = fields.filter(isAlwaysThere).map(({ jsonName }) => jsonName);
    const description = descriptionOf(message);
    return {
      type: "object",
      ...(description !== "" && { description }),
      properties: Object.fromEntries(fields.map((field) => [field.jsonName, this.#property(field, mode)])),
      ...(required.length > 0 && { required }),
      ...(mode === "request" && { additionalProperties: false }),
      ...choiceOf(message, mode),
    };
  }

  #property(field: DescField, mode: Mode): JsonObject {
    const schema = this.#field(field, mode);
    const told = { description: inJson(descriptionOf(field), field.parent.fields) };
    if (mode === "answer" || isRequired(field)) {
      return { ...told, ...schema };
    }
    return typeof schema["type"] === "string"
      ? { ...told, ...schema, type: [schema["type"], "null"] }
      : { ...told, anyOf: [schema, { type: "null" }] };
  }

  #field(field: DescField, mode: Mode): JsonObject {
    switch (field.fieldKind) {
      case "list": {
        const rules = rulesOf(field)?.type;
        const repeated = mode === "request" && rules?.case === "repeated" ? rules.value : undefined;
        return { type: "array", items: this.#item(field, mode, repeated), ...(repeated && sizeOf(repeated)) };
      }
      case "map":
        return { type: "object", additionalProperties: this.#value(field, mode) };
      default:
        return this.#value(field, mode);
    }
  }

  #item(field: DescField, mode: Mode, repeated: RepeatedRules | undefined): JsonObject {
    const type = repeated?.items?.type;
    if (field.enum !== undefined) {
      return this.#enum(field.enum, type?.case === "enum" && type.value.notIn.includes(0));
    }
    return field.scalar === ScalarType.STRING
      ? this.#text(field, mode, type?.case === "string" ? type.value : undefined, false)
      : this.#value(field, mode);
  }

  /** One value of a field, whether it has one, a list or a map of them. */
  #value(field: DescField, mode: Mode): JsonObject {
    if (field.message !== undefined) {
      return wellKnownSchema(field) ?? this.#message(field.message, mode);
    }
    if (field.enum !== undefined) {
      return this.#enum(field.enum, mode === "request" && isRequired(field));
    }
    const rules = rulesOf(field);
    switch (field.scalar) {
      case ScalarType.BOOL:
        return { type: "boolean" };
      case ScalarType.STRING:
        return this.#text(
          field,
          mode,
          rules?.type.case === "string" ? rules.type.value : undefined,
          ignoresUnset(rules),
        );
      case ScalarType.BYTES:
        return bytesSchema(field, mode === "request");
      default:
        return numberSchema(field, field.scalar ?? ScalarType.STRING);
    }
  }

  #text(field: DescField, mode: Mode, rules: StringRules | undefined, mayBeEmpty: boolean): JsonObject {
    return { type: "string", ...(mode === "request" && textSchema(rules, mayBeEmpty, this.#isOfClient(field))) };
  }

  /** What requests and answers have in common, such as limits, differs between them in null and in unknown fields. */
  #message(message: DescMessage, mode: Mode): JsonObject {
    const name = mode === "answer" || message.name.endsWith("Request") ? message.name : `${message.name}Input`;
    return this.#ref(name, () => this.#object(message, mode));
  }

  /** @param mustBeSet whether the value that stands for none is refused */
  #enum(enumeration: DescEnum, mustBeSet: boolean): JsonObject {
    const values = enumeration.values.filter(({ number }) => number !== 0 || !mustBeSet);
    const lines = values.map((value) => `- \`${value.name}\`: ${descriptionOf(value)}`);
    return this.#ref(mustBeSet ? `${enumeration.name}Input` : enumeration.name, () => ({
      type: "string",
      description: [descriptionOf(enumeration), lines.join("\n")].join("\n\n"),
      enum: values.map(({ name }) => name),
    }));
  }
}

function choiceOf(message: DescMessage, mode: Mode): JsonObject {
  const [choice, ...more] = mode === "request" ? choicesOf(message) : [];
  if (more.length > 0) {
    throw new Error(`${message.name} has two choices, which have no schema yet`);
  }
  return choice === undefined ? {} : choiceSchema(choice);
}

function isAlwaysSent(field: DescField): boolean {
  return field.fieldKind !== "message" && !(field.fieldKind === "scalar" && field.proto.proto3Optional);
}

function sizeOf({ minItems, maxItems, unique }: RepeatedRules): JsonObject {
  return {
    ...(minItems > 0n && { minItems: Number(minItems) }),
    ...(maxItems > 0n && { maxItems: Number(maxItems) }),
    ...(unique && { uniqueItems: true }),
  };
}
