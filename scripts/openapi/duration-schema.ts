import type { DescField, JsonObject } from "@bufbuild/protobuf";
import { rulesOf } from "./rules.js";

const fraction = "(\\.[0-9]{1,9})?";

/** Seconds with an `s`, from 0 or 1 to the most that a rule says; without a rule, any. */
export function durationSchema(field: DescField): JsonObject {
  const type = rulesOf(field)?.type;
  if (type === undefined || type.case === undefined) {
    return { type: "string", pattern: `^-?[0-9]{1,12}${fraction}s$` };
  }
  const { greaterThan, lessThan } = type.case === "duration" ? type.value : {};
  if (
    greaterThan?.case !== "gte" ||
    greaterThan.value.seconds > 1n ||
    greaterThan.value.nanos !== 0 ||
    lessThan?.case !== "lte"
  ) {
    throw new Error(`the rules of ${field.name} have no pattern yet`);
  }
  const most = lessThan.value.seconds;
  // The pattern has an end that is whole, and numbers of fewer digits below it.
  if (most < 10n || lessThan.value.nanos !== 0) {
    throw new Error(`the most of ${field.name} has no pattern yet`);
  }
  const below = decimalsBelow(String(most), greaterThan.value.seconds === 0n);
  return { type: "string", pattern: `^(${below}${fraction}|${most})s$` };
}

/** A pattern of the whole numbers below another: those that have fewer digits, or a smaller one at some place. */
function decimalsBelow(most: string, withZero: boolean): string {
  const smaller = [...most].flatMap((digit, i) => {
    const least = i === 0 ? 1 : 0;
    return Number(digit) > least
      ? [`${most.slice(0, i)}[${least}-${Number(digit) - 1}][0-9]{${most.length - i - 1}}`]
      : [];
  });
  return `(${[...(withZero ? ["0"] : []), `[1-9][0-9]{0,${most.length - 2}}`, ...smaller].join("|")})`;
}
