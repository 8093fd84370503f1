import type { DescField, JsonObject } from "@bufbuild/protobuf";
import { ignoresUnset, rulesOf } from "./rules.js";

/** Of either alphabet of base64. */
const digit = "[A-Za-z0-9+/_-]";

/** Base64, with or without padding, of as many bytes as the rule says. */
export function bytesSchema(field: DescField, isAsked: boolean): JsonObject {
  const encoded = { type: "string", contentEncoding: "base64" };
  if (!isAsked) {
    return encoded;
  }
  const rules = rulesOf(field);
  const length = rules?.type.case === "bytes" ? Number(rules.type.value.len) : 0;
  if (length === 0) {
    return { ...encoded, pattern: `^(${digit}{4})*(${digit}{2}(==)?|${digit}{3}=?)?$` };
  }
  const padding = (3 - (length % 3)) % 3;
  const pattern = `^${digit}{${Math.ceil((length * 4) / 3)}}${padding === 0 ? "" : `(${"=".repeat(padding)})?`}$`;
  return { ...encoded, pattern: ignoresUnset(rules) ? `^$|${pattern}` : pattern };
}
