import type { DescMessage } from "@bufbuild/protobuf";

/** Whatever is no such text is a number of at most 15 digits without an exponent, which every double holds as written. */
const maybeInexact = /[\d.]{16}|\d[eE]/;

/** Stands where a number was that would become another one. */
const inexact: unique symbol = Symbol("inexact");

/** What a reviver is given since ES2025, of which TypeScript's library does not know yet. */
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const freeForm: ReadonlySet<string> = new Set([
  "google.protobuf.Struct",
  "google.protobuf.Value",
  "google.protobuf.ListValue",
]);

export function isFreeForm(desc: DescMessage | undefined): boolean {
  return desc !== undefined && freeForm.has(desc.typeName);
}

/**
 * JSON as it was parsed, with a mark in the place of each number that a double does not hold as written, for `holdsInexact` to
 * find; undefined: there is none. For free-form JSON alone: fields of numbers have rules of their own.
 */
export function withInexactMarked(json: string): unknown {
  if (!maybeInexact.test(json)) {
    return undefined;
  }
  let found = false;
  const mark: Reviver = (_key, value, { source }) => {
    if (typeof value !== "number" || source === undefined || isExact(source, value)) {
      return value;
    }
    found = true;
    return inexact;
  };
  const marked: unknown = JSON.parse(json, mark as (key: string, value: unknown) => unknown);
  return found ? marked : undefined;
}

export function holdsInexact(value: unknown): boolean {
  return value === inexact || isAnyIn(value, holdsInexact);
}

/** Whether there is a number in what was parsed: where there is none, none can have become another one. */
export function holdsNumber(value: unknown): boolean {
  return typeof value === "number" || isAnyIn(value, holdsNumber);
}

function isAnyIn(value: unknown, test: (member: unknown) => boolean): boolean {
  return typeof value === "object" && value !== null && Object.values(value).some(test);
}

/** Whether a number as it was written is, in value, the shortest decimal of what it became. Infinity has a rule of its own. */
function isExact(written: string, value: number): boolean {
  return !Number.isFinite(value) || written === String(value) || canonical(written) === canonical(String(value));
}

/** A decimal without zeros at either end, so that equal ones are the same text. Zero has no sign and no exponent. */
function canonical(decimal: string): string {
  const [mantissa = "", exponent = "0"] = decimal.toLowerCase().split("e");
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = mantissa.slice(sign.length).split(".");
  const digits = whole + fraction;
  let start = 0;
  let end = digits.length;
  // By hand: a pattern for zeros at the end takes the square of what a hundred thousand digits take.
  while (digits[start] === "0") {
    start += 1;
  }
  while (end > start && digits[end - 1] === "0") {
    end -= 1;
  }
  const power = Number(exponent) - fraction.length + (digits.length - end);
  return start === end ? "0" : `${sign}${digits.slice(start, end)}e${power}`;
}
