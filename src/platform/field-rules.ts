/**
 * Reads the rules of a text field out of the contract, so that code which checks a value before or beside the validator
 * has no numbers and patterns of its own. A rule that cannot be read fails here, at start, rather than be passed over.
 */
import { type DescField, getExtension, getOption, hasExtension, hasOption } from "@bufbuild/protobuf";
import {
  type FieldRules,
  field as fieldRules,
  predefined,
  type Rule,
  type StringRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { file_altalune_v1_rules, max_json_bytes } from "../../gen/altalune/v1/rules_pb.js";

/** What a text must be: the standard rules of buf.validate and those of altalune/v1/rules.proto as one. */
export interface TextRules {
  /** In characters, not in UTF-16 code units; 0: may be empty. */
  readonly minLength: number;
  /** Infinity: no limit. */
  readonly maxLength: number;
  /** Matches every text where the contract has no pattern. */
  readonly pattern: RegExp;
  /** The rules in words, as in `must be 14 characters`. */
  readonly sentences: readonly string[];
}

/**
 * The rules of a text field, or of the texts of a list. Whether it may be empty all the same is not among them.
 *
 * @throws Error when the field is no text, or has a rule that only the validator can judge
 */
export function textRules(field: DescField): TextRules {
  const rules = textOf(rulesOf(field));
  if (rules === undefined || rules.cel.length > 0 || rules.type.case !== "string") {
    throw new Error(`the rules of ${field.parent.typeName}.${field.name} are not those of a text alone`);
  }
  return readTextRules(rules.type.value);
}

/** The most items of a list. @throws Error when it has no limit */
export function maxItems(field: DescField): number {
  const { type } = rulesOf(field);
  if (type.case !== "repeated" || type.value.maxItems === 0n) {
    throw new Error(`${field.parent.typeName}.${field.name} has no most items`);
  }
  return Number(type.value.maxItems);
}

/** The most bytes that an object takes as JSON. @throws Error when it has no limit */
export function maxJsonBytes(field: DescField): number {
  if (!hasOption(field, max_json_bytes)) {
    throw new Error(`${field.parent.typeName}.${field.name} has no max_json_bytes`);
  }
  return getOption(field, max_json_bytes);
}

/** Whether a text keeps to the rules. */
export function isText({ minLength, maxLength, pattern }: TextRules, text: string): boolean {
  const length = [...text].length;
  return length >= minLength && length <= maxLength && pattern.test(text);
}

/** @throws Error on a rule that cannot be read */
export function readTextRules(rules: StringRules): TextRules {
  const { len, minLen, maxLen } = rules;
  let [minLength, maxLength] = len > 0n ? [Number(len), Number(len)] : [Number(minLen), Number(maxLen) || Infinity];
  const patterns: { readonly pattern: RegExp; readonly message: string }[] = [];
  for (const { expression, message } of namedRules(rules)) {
    const [, operator, size] = /^this\.size\(\) (==|>=|<=) ([0-9]+)$/.exec(expression) ?? [];
    const [, pattern] = /^this\.matches\('([^'\\]+)'\)$/.exec(expression) ?? [];
    if (size !== undefined) {
      minLength = operator === "<=" ? minLength : Number(size);
      maxLength = operator === ">=" ? maxLength : Number(size);
    } else if (pattern !== undefined) {
      patterns.push({ pattern: new RegExp(pattern), message });
    } else {
      throw new Error(`the rule ${expression} cannot be read`);
    }
  }
  if (patterns.length > 1) {
    throw new Error("a text with two patterns cannot be read");
  }
  const [{ pattern, message } = { pattern: anyText, message: undefined }] = patterns;
  const sentences = [lengthSentence(minLength, maxLength), message].filter((sentence) => sentence !== undefined);
  return { minLength, maxLength, pattern, sentences };
}

const anyText = /^/;

function rulesOf(field: DescField): FieldRules {
  return getOption(field, fieldRules);
}

/** A list's rules are those of its items. */
function textOf({ type, ...rules }: FieldRules): Pick<FieldRules, "cel" | "type"> | undefined {
  return type.case === "repeated" ? type.value.items : { ...rules, type };
}

/** The expressions of the rules in altalune/v1/rules.proto that are switched on. */
function namedRules(rules: StringRules): readonly Rule[] {
  const named = file_altalune_v1_rules.extensions.filter(
    (extension) => extension.extendee.typeName === rules.$typeName && hasExtension(rules, extension),
  );
  if (named.length !== (rules.$unknown ?? []).length) {
    throw new Error("a rule of another file cannot be read");
  }
  return named
    .filter((extension) => getExtension(rules, extension) === true)
    .flatMap((extension) => getOption(extension, predefined).cel);
}

function lengthSentence(min: number, max: number): string | undefined {
  if (min === max) {
    return `must be ${max} characters`;
  }
  if (max === Infinity) {
    return min === 0 ? undefined : `must be at least ${min} characters`;
  }
  return min === 0 ? `must be at most ${max} characters` : `must be ${min} to ${max} characters`;
}
