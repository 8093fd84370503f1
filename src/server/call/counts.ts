import { type DescField, type DescMessage, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import type { Path } from "@bufbuild/protobuf/reflect";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { FieldViolation } from "../errors/violations.js";

/** A list or map whose rule in the proto says how much it may hold. */
interface CountRule {
  readonly field: DescField;
  readonly most: number;
  readonly rule: string;
  readonly ruleId: string;
}

/** What of a message is counted: its own lists and maps, and those of the messages in it. */
interface Counted {
  readonly rules: readonly CountRule[];
  readonly inner: readonly (DescField & { readonly message: DescMessage })[];
}

const countedOf = new WeakMap<DescMessage, Counted>();

/**
 * The lists and maps of a message that hold more than their rules allow, in the words of the validator. It looks at each
 * element before it counts them, which takes a second for the quarter of a million that fit into one message.
 */
export function countViolations(desc: DescMessage, message: Message, path: Path = []): readonly FieldViolation[] {
  const { rules, inner } = counted(desc);
  const found = rules
    .filter(({ field, most }) => sizeOf(memberOf(message, field)) > most)
    .map(({ field, rule, ruleId }) => ({ path: [...path, field], rule, ruleId }));
  if (found.length > 0) {
    return found;
  }
  return inner.flatMap((field) => {
    const value = memberOf(message, field);
    const at = [...path, field];
    switch (field.fieldKind) {
      case "list":
        return (value as readonly Message[]).flatMap((item, index) =>
          countViolations(field.message, item, [...at, { kind: "list_sub", index }]),
        );
      case "map":
        return Object.entries(value as Readonly<Record<string, Message>>).flatMap(([key, item]) =>
          countViolations(field.message, item, [...at, { kind: "map_sub", key }]),
        );
      default:
        return value === undefined ? [] : countViolations(field.message, value as Message, at);
    }
  });
}

function counted(desc: DescMessage): Counted {
  let known = countedOf.get(desc);
  if (known === undefined) {
    known = { rules: desc.fields.flatMap(countRules), inner: desc.fields.filter(holdsOurMessages) };
    countedOf.set(desc, known);
  }
  return known;
}

function countRules(field: DescField): readonly CountRule[] {
  if (!hasOption(field, fieldRules)) {
    return [];
  }
  const { type } = getOption(field, fieldRules);
  if (type.case === "repeated" && type.value.maxItems > 0n) {
    const most = Number(type.value.maxItems);
    return [{ field, most, rule: `must contain no more than ${most} item(s)`, ruleId: "repeated.max_items" }];
  }
  if (type.case === "map" && type.value.maxPairs > 0n) {
    const most = Number(type.value.maxPairs);
    return [{ field, most, rule: `map must be at most ${most} entries`, ruleId: "map.max_pairs" }];
  }
  return [];
}

function holdsOurMessages(field: DescField): field is DescField & { readonly message: DescMessage } {
  return field.message !== undefined && !field.message.typeName.startsWith("google.protobuf.");
}

/** @returns undefined: not set */
function memberOf(message: Message, field: DescField): unknown {
  if (field.oneof === undefined) {
    return Reflect.get(message, field.localName);
  }
  const chosen = Reflect.get(message, field.oneof.localName);
  return chosen.case === field.localName ? chosen.value : undefined;
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : Object.keys(value as object).length;
}
