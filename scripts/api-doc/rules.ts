import { type DescField, type DescMessage, getOption, hasExtension, hasOption } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  type FieldRules,
  field as fieldOption,
  type MessageRules,
  message as messageOption,
  predefined,
  type TimestampRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { file_altalune_v1_rules, max_json_bytes } from "../../gen/altalune/v1/rules_pb.js";
import { readTextRules } from "../../src/platform/field-rules.js";

/** A field's validation rules in words; empty: none. */
export function ruleOf(field: DescField): string {
  const words = [
    ...(hasOption(field, fieldOption) ? wordsOf(getOption(field, fieldOption)) : []),
    ...(hasOption(field, max_json_bytes) ? [`at most ${getOption(field, max_json_bytes)} bytes as JSON`] : []),
  ];
  return words.join("; ");
}

/** The rules that hold between fields of a message, in sentences. */
export function rulesBetweenFields(message: DescMessage): readonly string[] {
  if (!hasOption(message, messageOption)) {
    return [];
  }
  const { oneof, cel }: MessageRules = getOption(message, messageOption);
  return [
    ...oneof.map(({ fields, required }) => {
      const names = fields.map((name) => `\`${message.fields.find((field) => field.name === name)?.jsonName}\``);
      return `${required ? "Exactly" : "At most"} one of ${names.join(" and ")} is set.`;
    }),
    ...cel.map((rule) => `${capital(rule.message)}.`),
  ];
}

function wordsOf(rules: FieldRules): readonly string[] {
  return [
    ...(rules.required ? ["required"] : []),
    ...typeWords(rules),
    ...rules.cel.map(({ message }) => withoutVerb(message)),
  ];
}

function typeWords({ type }: FieldRules): readonly string[] {
  switch (type.case) {
    case undefined:
      return [];
    case "string":
      return readTextRules(type.value).sentences.map(withoutVerb);
    case "bytes":
      return [`${type.value.len} bytes`];
    case "timestamp":
      return timeWords(type.value);
    case "int32":
    case "uint32":
    case "int64":
      return rangeWords<number | bigint>(type.value, String);
    case "duration":
      return rangeWords<Duration>(type.value, ({ seconds }) => spanOf(Number(seconds)));
    case "enum":
      return type.value.notIn.includes(0) ? ["must be set"] : [];
    case "fieldMask":
      return [];
    case "repeated": {
      const { minItems, maxItems, unique, items } = type.value;
      const each = items === undefined ? [] : wordsOf(items);
      return [
        sizeWords(minItems, maxItems),
        ...(unique ? ["no two alike"] : []),
        ...(each.length > 0 ? [`each ${each.join(" and ")}`] : []),
      ];
    }
    case "map": {
      const { maxPairs, keys } = type.value;
      return [`at most ${maxPairs}`, ...(keys === undefined ? [] : [`each key ${wordsOf(keys).join(" and ")}`])];
    }
    default:
      throw new Error(`a rule of the kind ${type.case} has no words yet`);
  }
}

/** A time's rules are those that altalune/v1/rules.proto names. */
function timeWords(rules: TimestampRules): readonly string[] {
  return file_altalune_v1_rules.extensions
    .filter((extension) => extension.extendee.typeName === rules.$typeName && hasExtension(rules, extension))
    .flatMap((extension) => getOption(extension, predefined).cel)
    .map(({ message }) => withoutVerb(message));
}

function withoutVerb(sentence: string): string {
  return sentence.replace(/^must be /, "");
}

function sizeWords(min: bigint, max: bigint): string {
  return min > 0n ? `${min} to ${max}` : `at most ${max}`;
}

interface Range<T> {
  readonly greaterThan: { readonly case: "gt" | "gte"; readonly value: T } | { readonly case: undefined };
  readonly lessThan: { readonly case: "lt" | "lte"; readonly value: T } | { readonly case: undefined };
}

function rangeWords<T>({ greaterThan, lessThan }: Range<T>, show: (value: T) => string): readonly string[] {
  if (greaterThan.case === "gt" || lessThan.case === "lt") {
    throw new Error("a range without its end has no words yet");
  }
  const [from, to] = [greaterThan, lessThan];
  if (from.case === "gte" && to.case === "lte") {
    return [`${show(from.value)} to ${show(to.value)}`];
  }
  return [
    ...(from.case === "gte" ? [`at least ${show(from.value)}`] : []),
    ...(to.case === "lte" ? [`at most ${show(to.value)}`] : []),
  ];
}

function spanOf(seconds: number): string {
  return seconds > 0 && seconds % 86_400 === 0 ? `${seconds / 86_400} days` : `${seconds} s`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
