import type { DescField, JsonObject } from "@bufbuild/protobuf";
import { rulesOf } from "./rules.js";

const fraction = "(\\.[0-9]{1,9})?";

/** Seconds with an `s`, from the least to the most that a rule says; without a rule, any. */
export function durationSchema(field: DescField): JsonObject {
  const type = rulesOf(field)?.type;
  if (type === undefined || type.case === undefined) {
    return { type: "string", pattern: `^-?[0-9]{1,12}${fraction}s$` };
  }
  const { greaterThan, lessThan } = type.case === "duration" ? type.value : {};
  if (greaterThan?.case !== "gte" || greaterThan.value.nanos !== 0 || lessThan?.case !== "lte") {
    throw new Error(`the rules of ${field.name} have no pattern yet`);
  }
  const most = lessThan.value.seconds;
  const least = greaterThan.value.seconds;
  // The pattern has an end that is whole, and numbers of fewer digits below it.
  if (least < 0n || String(most).length <= String(least).length || lessThan.value.nanos !== 0) {
    throw new Error(`the rules of ${field.name} have no pattern yet`);
  }
  const below = [...decimalsFrom(least, String(most).length - 1), ...decimalsBelow(String(most))].join("|");
  return { type: "string", pattern: `^((${below})${fraction}|${most})s$` };
}

/** Patterns of the whole numbers from the least on that have at most so many digits. */
function decimalsFrom(least: bigint, digits: number): readonly string[] {
  if (least <= 1n) {
    return [...(least === 0n ? ["0"] : []), `[1-9][0-9]{0,${digits - 1}}`];
  }
  const text = String(least);
  const larger = [...text].flatMap((digit, i) =>
    Number(digit) < 9 ? [`${text.slice(0, i)}[${Number(digit) + 1}-9][0-9]{${text.length - i - 1}}`] : [],
  );
  const longer = digits > text.length ? [`[1-9][0-9]{${text.length},${digits - 1}}`] : [];
  return [text, ...larger, ...longer];
}

/** Patterns of the whole numbers that have as many digits as another, and a smaller one at some place. */
function decimalsBelow(most: string): readonly string[] {
  return [...most].flatMap((digit, i) => {
    const least = i === 0 ? 1 : 0;
    return Number(digit) > least
      ? [`${most.slice(0, i)}[${least}-${Number(digit) - 1}][0-9]{${most.length - i - 1}}`]
      : [];
  });
}
