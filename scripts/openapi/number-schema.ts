import type { DescField, JsonObject } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { rulesOf } from "./rules.js";

/** A whole number. Those of 64 bits are strings, which no client rounds. */
export function numberSchema(field: DescField, scalar: ScalarType): JsonObject {
  const { gte, lte } = rangeOf(field);
  switch (scalar) {
    case ScalarType.INT32:
      return { type: "integer", format: "int32", minimum: gte ?? -(2 ** 31), maximum: lte ?? 2 ** 31 - 1 };
    case ScalarType.UINT32:
      return { type: "integer", minimum: gte ?? 0, maximum: lte ?? 2 ** 32 - 1 };
    case ScalarType.INT64:
      if (lte !== undefined || (gte !== undefined && gte !== 0)) {
        throw new Error(`the range of ${field.name} has no pattern yet`);
      }
      return { type: "string", format: "int64", pattern: gte === 0 ? `^${digits}$` : `^-?${digits}$` };
    default:
      throw new Error(`${field.name} is a number of a kind that has no schema yet`);
  }
}

/** Up to where all of as many digits fit into 64 bits. */
const digits = "(0|[1-9][0-9]{0,17})";

interface Range {
  readonly gte?: number;
  readonly lte?: number;
}

function rangeOf(field: DescField): Range {
  const rules = rulesOf(field)?.type;
  const type = rules?.case === "repeated" ? rules.value.items?.type : rules;
  if (type?.case !== "int32" && type?.case !== "uint32" && type?.case !== "int64") {
    return {};
  }
  const { greaterThan, lessThan } = type.value;
  if (greaterThan.case === "gt" || lessThan.case === "lt") {
    throw new Error("a range without its end has no schema yet");
  }
  return {
    ...(greaterThan.case === "gte" && { gte: Number(greaterThan.value) }),
    ...(lessThan.case === "lte" && { lte: Number(lessThan.value) }),
  };
}
