import { isUtf8 } from "node:buffer";
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { Path } from "@bufbuild/protobuf/reflect";
import { isRfc3339 } from "../../platform/rfc3339.js";
import { fieldDescription } from "../errors/field-description.js";
import type { FieldViolation } from "../errors/violations.js";
import { holdsInexact, holdsNumber, isFreeForm, withInexactMarked } from "./exact-numbers.js";

/**
 * What JSON holds that the library would take for another value than was written: bytes that are not UTF-8, days that no
 * calendar has, numbers that it would round or read in another base, free-form ones among them. JSON that cannot be read is left for it to refuse.
 */
export function jsonViolations(input: DescMessage, bytes: Uint8Array): readonly FieldViolation[] {
  const wellFormed = isUtf8(bytes);
  const violations: FieldViolation[] = [];
  if (byteOrderMark.equals(bytes.subarray(0, byteOrderMark.length))) {
    return [{ path: [], rule: "the request must be UTF-8 without a byte order mark", ruleId: "text.utf8" }];
  }
  // As Latin-1 each byte stays what it is, so that the texts that are not UTF-8 can be told.
  const json = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(wellFormed ? "utf8" : "latin1");
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return wellFormed ? [] : [notUtf8([])];
  }
  const check = wellFormed ? checkValue : checkBytes;
  let mayBeInexact = false;
  walkObject(input, value, [], (field, kind, member, path) => {
    violations.push(...check(field, kind, member, path));
    mayBeInexact ||= wellFormed && isFreeForm(kind.message) && holdsNumber(member);
  });
  if (mayBeInexact) {
    walkObject(input, withInexactMarked(json), [], (...place) => violations.push(...checkFreeForm(...place)));
  }
  return violations.length === 0 && !wellFormed ? [notUtf8([])] : violations;
}

/** JSON has none (RFC 8259, section 8.1). Its decoder would pass over it, and read what was not looked at here. */
const byteOrderMark = Buffer.from("\uFEFF");

/** What belongs in a place of a field: its value, or the key of its map. */
type Kind = Pick<DescField, "message" | "scalar">;

type Visit = (field: DescField, kind: Kind, value: unknown, path: Path) => void;

/** Visits what is in fields: single values, items of lists, and keys and values of maps. */
export function walkObject(desc: DescMessage, value: unknown, path: Path, visit: Visit): void {
  if (!isObject(value)) {
    return;
  }
  const fields = fieldsByName(desc);
  for (const [name, member] of Object.entries(value)) {
    const field = fields.get(name);
    if (field === undefined) {
      continue;
    }
    const at: Path = [...path, field];
    if (field.fieldKind === "list" && Array.isArray(member)) {
      for (const [index, item] of member.entries()) {
        walkValue(field, item, [...at, { kind: "list_sub", index }], visit);
      }
    } else if (field.fieldKind === "map" && isObject(member)) {
      for (const [key, item] of Object.entries(member)) {
        visit(field, { message: undefined, scalar: field.mapKey }, key, at);
        walkValue(field, item, at, visit);
      }
    } else {
      walkValue(field, member, at, visit);
    }
  }
}

function walkValue(field: DescField, value: unknown, path: Path, visit: Visit): void {
  if (field.message === undefined || field.message.typeName.startsWith("google.protobuf.")) {
    visit(field, field, value, path);
  } else {
    walkObject(field.message, value, path, visit);
  }
}

/** Decimal, as JSON writes numbers. */
const decimal = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const whole = /^-?(0|[1-9][0-9]*)$/;
const notFinite = ["NaN", "Infinity", "-Infinity"];
const duration = /^-?[0-9]{1,12}(\.[0-9]{1,9})?s$/;

function checkValue(field: DescField, kind: Kind, value: unknown, path: Path): readonly FieldViolation[] {
  return isRightly(kind, value) ? [] : [{ path, rule: `must be ${fieldDescription(field)}`, ruleId: "decode" }];
}

/** What is of another type altogether is for the library to refuse. */
function isRightly({ message, scalar }: Kind, value: unknown): boolean {
  switch (message?.typeName) {
    case "google.protobuf.Timestamp":
      return typeof value !== "string" || isRfc3339(value);
    case "google.protobuf.Duration":
      return typeof value !== "string" || duration.test(value);
    default:
      break;
  }
  switch (scalar) {
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return typeof value === "string" ? whole.test(value) : typeof value !== "number" || Number.isSafeInteger(value);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return typeof value !== "string" || decimal.test(value);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return typeof value !== "string" || decimal.test(value) || notFinite.includes(value);
    default:
      return true;
  }
}

const freeFormRule =
  "must hold numbers that a double holds as they are written, at most 17 digits and no smaller than 5e-324; write others as strings";

/** @param value with its inexact numbers marked */
function checkFreeForm(_field: DescField, { message }: Kind, value: unknown, path: Path): readonly FieldViolation[] {
  return isFreeForm(message) && holdsInexact(value) ? [{ path, rule: freeFormRule, ruleId: "number.exact" }] : [];
}

/** @param value read as Latin-1 */
function checkBytes(_field: DescField, _kind: Kind, value: unknown, path: Path): readonly FieldViolation[] {
  return isUtf8(Buffer.from(JSON.stringify(value) ?? "", "latin1")) ? [] : [notUtf8(path)];
}

function notUtf8(path: Path): FieldViolation {
  return { path, rule: path.length === 0 ? "the request must be UTF-8" : "must be UTF-8", ruleId: "text.utf8" };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const fieldNames = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

function fieldsByName(desc: DescMessage): ReadonlyMap<string, DescField> {
  let known = fieldNames.get(desc);
  if (known === undefined) {
    known = new Map(
      desc.fields.flatMap(
        (field) =>
          [
            [field.name, field],
            [field.jsonName, field],
          ] as const,
      ),
    );
    fieldNames.set(desc, known);
  }
  return known;
}
