import type { JsonObject } from "@bufbuild/protobuf";
import type { StringRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { readTextRules } from "../../src/platform/field-rules.js";

/** The database holds no NUL. */
const anyButNul = "^[^\\u0000]*$";
/** Clients take these out of a URL, so that what is left in it is shorter. */
const anyInPath = "^[^\\u0000\\t\\n\\r]*$";

/**
 * What a text of a request must be.
 *
 * @param mayBeEmpty whether the empty one is none, to which no rule applies
 * @param isAny whether it is taken whatever is in it
 */
export function textSchema(rules: StringRules | undefined, mayBeEmpty: boolean, isAny: boolean): JsonObject {
  if (rules?.wellKnown.case === "ip" && rules.wellKnown.value) {
    return { anyOf: [...(mayBeEmpty ? [{ maxLength: 0 }] : []), { format: "ipv4" }, { format: "ipv6" }] };
  }
  const { minLength, maxLength, pattern } = rules === undefined ? anyText : readTextRules(rules);
  const told = pattern.source === anyText.pattern.source ? undefined : pattern.source;
  const bounds = {
    ...(minLength > 0 && { minLength }),
    ...(maxLength < Infinity && { maxLength }),
  };
  if (!mayBeEmpty || !(told !== undefined || minLength > 0)) {
    return { ...bounds, ...patternOf(told ?? (isAny ? undefined : anyButNul)) };
  }
  const { minLength: _least, ...most } = bounds;
  return { ...most, pattern: `^$|${told ?? `^[^\\u0000]{${minLength},}$`}` };
}

/** The same where it stands in a path, which takes no empty one. */
export function pathTextSchema(rules: StringRules | undefined): JsonObject {
  const schema = textSchema(rules, false, false);
  return schema["pattern"] === anyButNul ? { ...schema, pattern: anyInPath } : schema;
}

const anyText: Pick<ReturnType<typeof readTextRules>, "minLength" | "maxLength" | "pattern"> = {
  minLength: 0,
  maxLength: Infinity,
  pattern: /^/,
};

function patternOf(pattern: string | undefined): JsonObject {
  return pattern === undefined ? {} : { pattern };
}
