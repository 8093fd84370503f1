import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";

/** A request that holds a text where it does not belong. */
export interface Placement<Message> {
  /** The field, for reports. */
  readonly where: string;
  readonly message: Message;
}

/**
 * JSON requests with `text` in every field of a message and of the messages in it, of whatever type the field is: as a
 * string, in a string, in a list, as the name and as the value of an object's member; and in members that no field has.
 *
 * @param base a valid request
 * @param rightField the one field that the text belongs in as it is
 */
export function* jsonPlacements(
  desc: DescMessage,
  base: JsonObject,
  text: string,
  rightField: DescField,
): Generator<Placement<string>> {
  for (const { where, message } of inMessage(desc, base, text, rightField)) {
    yield { where, message: JSON.stringify(message) };
  }
  for (const { name, jsonName } of desc.fields) {
    yield { where: `${name}, twice`, message: `{"${jsonName}":null,"${text}":1,"${jsonName}":"${text}"}` };
    yield { where: `${name}, unquoted`, message: `{"${jsonName}":${text}}` };
    yield { where: `${name}, cut off`, message: `{"${jsonName}":"${text}` };
  }
  for (const message of [text, `"${text}"`, `["${text}"]`, `{"${text}"`, `{"${text}":1,"${text}":2}`, `{}${text}`]) {
    yield { where: "the whole request", message };
  }
}

function* inMessage(
  desc: DescMessage,
  base: JsonObject,
  text: string,
  rightField: DescField,
): Generator<Placement<JsonObject>> {
  for (const field of desc.fields) {
    const wrong = valuesWith(text).slice(field === rightField ? 2 : 0);
    for (const value of wrong) {
      yield { where: field.name, message: { ...base, [field.jsonName]: value } };
    }
    if (field.message !== undefined && !isGoogles(field.message)) {
      // What the base has of a list or a map is of no use inside of it.
      const inner = field.fieldKind === "message" ? objectOf(base[field.jsonName]) : {};
      for (const { where, message } of inMessage(field.message, inner, text, rightField)) {
        yield { where: `${field.name}.${where}`, message: { ...base, [field.jsonName]: wrapped(field, message) } };
      }
    }
  }
  yield { where: "a name that no field has", message: { ...base, [text]: 1 } };
  yield { where: "an extension's name", message: { ...base, [`[${text}]`]: 1 } };
  yield { where: "a value that no field has", message: { ...base, unknown: text, unknownToo: { a: [text] } } };
}

/** The first two are strings; the others are not. */
function valuesWith(text: string): readonly JsonValue[] {
  return [
    text,
    `see ${text} there`,
    [text],
    [[text]],
    { [text]: text },
    { [text]: 1 },
    { a: text },
    { a: { b: [text] } },
  ];
}

function wrapped({ fieldKind }: DescField, message: JsonObject): JsonValue {
  return fieldKind === "list" ? [message] : fieldKind === "map" ? { name: message } : message;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

export function isGoogles({ typeName }: DescMessage): boolean {
  return typeName.startsWith("google.protobuf.");
}
