import fc from "fast-check";
import { casesOf } from "../../support/effort.js";

/** How many requests each property makes; more in a longer search: FUZZ_RUNS=5000 vitest run test/fuzz. */
export const runs = Number(process.env["FUZZ_RUNS"] ?? casesOf(20));

/** Names that mean something to JavaScript. */
export const treacherousNames = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then"];

/** Text that breaks parsers, databases, patterns and terminals. */
export const hostileString: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "binary-ascii", maxLength: 20 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 20 }),
  fc.integer({ min: 1, max: 9_000 }).map((length) => "a".repeat(length)),
  fc.integer({ min: 1, max: 2_000 }).map((length) => "é😀".repeat(length)),
  fc.constantFrom(
    ...treacherousNames,
    "",
    "\0",
    "a\0b",
    "\ud800",
    "\udc00x",
    "\ufeff",
    "\u202e",
    "%",
    "_",
    "\\",
    "%_\\%",
    "'; drop table altalune_projects; --",
    "$(id)",
    "{{7*7}}",
    "../../etc/passwd",
    "*",
    "**",
    "*:*",
    "a:".repeat(40),
    "null",
    "true",
    "NaN",
    "-1",
    "infinity",
    "2026-02-30T00:00:00Z",
  ),
);

/** Whole numbers at the edges of every type that a field may have. */
export const hostileInteger: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n, 253_402_300_799n, -62_135_596_800n, 253_402_300_800n),
  fc.bigInt({ min: 0n, max: 1_000n }),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
);

export const hostileDouble: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2, 0.1),
);

/** JSON as text, so that it may hold what no value of JavaScript does: duplicated members, huge numbers. */
export const hostileJson: fc.Arbitrary<string> = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom(
      "null",
      "true",
      "false",
      "{}",
      "[]",
      "1e999",
      "-1e999",
      "1E-400",
      "-0",
      "0.1",
      "123456789".repeat(9),
    ),
    hostileString.map((text) => JSON.stringify(text)),
    hostileInteger.map(String),
    hostileInteger.map((number) => `"${number}"`),
    fc.array(tie("json"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc.array(fc.tuple(hostileName(), tie("json")), { maxLength: 4 }).map(objectText),
  ),
})).json;

function hostileName(): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom(...treacherousNames, "a"), hostileString);
}

/** Members as they come, twice the same among them. */
export function objectText(members: readonly (readonly [name: string, json: string])[]): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
}
