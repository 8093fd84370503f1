import { type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import {
  type FieldRules,
  field as fieldOption,
  Ignore,
  message as messageOption,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { isText, readTextRules } from "../../src/platform/field-rules.js";

/** A field's rules of buf.validate; undefined: none. */
export function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldOption) ? getOption(field, fieldOption) : undefined;
}

/** Whether the rules are for what is set alone. */
export function ignoresUnset(rules: FieldRules | undefined): boolean {
  return rules?.ignore === Ignore.IF_ZERO_VALUE;
}

/** Whether a request without the field breaks a rule. */
export function isRequired(field: DescField): boolean {
  const rules = rulesOf(field);
  if (rules === undefined || rules.required) {
    return rules?.required ?? false;
  }
  return !ignoresUnset(rules) && !hasPresence(field) && !admitsZero(rules);
}

/** Whether being unset differs from being zero. */
function hasPresence(field: DescField): boolean {
  return field.fieldKind === "message" || (field.fieldKind === "scalar" && field.proto.proto3Optional);
}

function admitsZero({ type }: FieldRules): boolean {
  switch (type.case) {
    case "string":
      return isText(readTextRules(type.value), "");
    case "bytes":
      return type.value.len === 0n;
    case "enum":
      return !type.value.notIn.includes(0);
    case "repeated":
      return type.value.minItems === 0n;
    default:
      return true;
  }
}

/** Names of fields of which a request sets one, and whether it must. */
export interface Choice {
  readonly fields: readonly DescField[];
  readonly required: boolean;
}

export function choicesOf(message: DescMessage): readonly Choice[] {
  return hasOption(message, messageOption)
    ? getOption(message, messageOption).oneof.map(({ fields, required }) => ({
        fields: message.fields.filter(({ name }) => fields.includes(name)),
        required,
      }))
    : [];
}
