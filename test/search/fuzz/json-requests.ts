import { type DescEnum, type DescField, type DescMessage, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";
import { isGoogles } from "../secrecy/json-placements.js";
import type { Subject } from "../secrecy/rpcs.js";
import { hostileDouble, hostileInteger, hostileJson, hostileString, objectText, treacherousNames } from "./hostile.js";
import { likelyDurations, likelyNames, likelyTexts, likelyTimes } from "./likely-values.js";

/** JSON requests that are valid but for some members, whose values are likely, of the right type, or anything at all. */
export function jsonRequest(desc: DescMessage, valid: () => JsonObject, subject: Subject): fc.Arbitrary<string> {
  const stray = fc.tuple(fc.constantFrom(...treacherousNames, "unknown"), hostileJson);
  return fc.tuple(someMembers(desc, subject), fc.option(stray, { nil: undefined, freq: 1 })).map(([members, other]) => {
    const base = Object.entries(valid()).map(([name, value]) => [name, JSON.stringify(value)] as const);
    const kept = base.filter(([name]) => !members.some(([changed]) => changed === name));
    return objectText([...kept, ...members, ...(other === undefined ? [] : [other])]);
  });
}

const mostChanged = 3;

/** Few, since one bad member is enough to keep all others from being looked at. */
function someMembers(desc: DescMessage, subject: Subject): fc.Arbitrary<[name: string, json: string][]> {
  return fc
    .shuffledSubarray([...desc.fields], { maxLength: Math.min(mostChanged, desc.fields.length) })
    .chain((fields) =>
      fc.tuple(
        ...fields.map((field) => fc.tuple(fc.constantFrom(field.jsonName, field.name), fieldJson(field, subject))),
      ),
    );
}

function fieldJson(field: DescField, subject: Subject): fc.Arbitrary<string> {
  return fc.oneof({ weight: 12, arbitrary: typedJson(field, subject) }, { weight: 1, arbitrary: hostileJson });
}

function typedJson(field: DescField, subject: Subject): fc.Arbitrary<string> {
  const single = singleJson(field, subject);
  switch (field.fieldKind) {
    case "list":
      return fc.array(single, { maxLength: 4 }).map((items) => `[${items.join(",")}]`);
    case "map": {
      const name = fc.oneof(fc.constantFrom(...likelyNames), fc.constantFrom(...treacherousNames), hostileString);
      return fc.array(fc.tuple(name, single), { maxLength: 4 }).map(objectText);
    }
    default:
      return single;
  }
}

function singleJson(field: DescField, subject: Subject): fc.Arbitrary<string> {
  if (field.message !== undefined) {
    return messageJson(field.message, subject);
  }
  if (field.enum !== undefined) {
    return enumJson(field.enum);
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return textJson(likelyTexts(field, subject));
    case ScalarType.BOOL:
      return fc.constantFrom("true", "false");
    case ScalarType.BYTES:
      return fc
        .oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 40 }))
        .map((bytes) => JSON.stringify(Buffer.from(bytes).toString("base64")));
    default:
      return fc.oneof(
        hostileInteger.map(String),
        hostileInteger.map((number) => `"${number}"`),
        hostileDouble.map((number) => JSON.stringify(Number.isFinite(number) ? number : String(number))),
      );
  }
}

function messageJson(desc: DescMessage, subject: Subject): fc.Arbitrary<string> {
  switch (desc.typeName) {
    case "google.protobuf.Timestamp":
      return textJson(likelyTimes());
    case "google.protobuf.Duration":
      return textJson(likelyDurations);
    case "google.protobuf.FieldMask":
      return textJson(["name", "name,scopes", "rateLimits.perDay", "neverExpires,expiration", "*", "", "__proto__"]);
    default:
      return isGoogles(desc) ? hostileJson : someMembers(desc, subject).map(objectText);
  }
}

function enumJson({ values }: DescEnum): fc.Arbitrary<string> {
  const known = values.flatMap(({ name, number }) => [`"${name}"`, String(number)]);
  return fc.oneof(fc.constantFrom(...known), hostileInteger.map(String));
}

function textJson(likely: readonly string[]): fc.Arbitrary<string> {
  const hostile = hostileString.map((text) => JSON.stringify(text));
  return likely.length === 0
    ? hostile
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...likely).map((text) => JSON.stringify(text)) }, hostile);
}
