import type { DescField, DescMessage, JsonObject } from "@bufbuild/protobuf";
import { type MaskRule, maskRule } from "../../call/update-mask.js";
import type { HttpRequest } from "../../http/http.js";
import { invalidParameter, unknownParameter } from "./invalid-parameter.js";
import { requestOfQuery } from "./query-parameters.js";
import type { MatchedRoute } from "./router.js";

/** Headers that say what a field of the request is for, where the rpc has that field. */
const headerFields: readonly (readonly [
  header: string,
  field: string,
  valueOf: (text: string) => string | undefined,
])[] = [
  ["idempotency-key", "request_id", (text) => text],
  ["if-match", "etag", etagOf],
];

/**
 * What an HTTP request asks of an rpc, as the JSON of its message: what the body says, and before it what path, query and
 * headers say. The body's own text is kept, so that it is read as that of any other face; what it says again is a field
 * that is given twice, and is refused as such.
 *
 * @throws ConnectError that names the parameter or header
 */
export function requestJson({ route, params }: MatchedRoute, request: HttpRequest, body: Uint8Array): Uint8Array {
  const { input } = route.method;
  const query = new URLSearchParams(request.url?.split("?").slice(1).join("?"));
  const isInPath = (field: DescField): boolean => field.name in params;
  const whole: JsonObject = { ...fieldsOfHeaders(input, request) };
  const part: JsonObject = {};
  for (const [path, value] of Object.entries(params)) {
    const [first = "", second] = path.split(".");
    if (second === undefined) {
      whole[jsonNameOf(input, first)] = value;
    } else {
      part[second] = value;
    }
  }
  const rule = maskRule(input);
  if (route.body === undefined) {
    return Buffer.from(JSON.stringify({ ...whole, ...requestOfQuery(input, query, isInPath) }));
  }
  for (const name of new Set(query.keys())) {
    if (rule === undefined || name !== rule.mask.name) {
      throw unknownParameter(name, rule === undefined ? [] : [rule.mask.name]);
    }
    const paths = query.getAll(name).join(",");
    whole[rule.mask.jsonName] = paths.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
  if (route.body !== "request") {
    const inner = Buffer.concat([Buffer.from(`${JSON.stringify(route.body.jsonName)}:`), withFields(part, body)]);
    return withFields(whole, Buffer.concat([Buffer.from("{"), inner, Buffer.from("}")]));
  }
  if (rule !== undefined && whole[rule.mask.jsonName] === undefined) {
    const paths = pathsOf(rule, body);
    if (paths.length > 0) {
      whole[rule.mask.jsonName] = paths.join(",");
    }
  }
  return withFields(whole, body);
}

/** Puts fields before those of an object's text. What is none is left as it is, for its own error. */
function withFields(fields: JsonObject, text: Uint8Array): Uint8Array {
  const object = text.byteLength === 0 ? Buffer.from("{}") : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const start = /^\s*\{/.exec(object.subarray(0, 64).toString("latin1"))?.[0].length;
  if (start === undefined || Object.keys(fields).length === 0) {
    return object;
  }
  const rest = object.subarray(start);
  const isEmpty = /^\s*\}/.test(rest.subarray(0, 64).toString("latin1"));
  const before = JSON.stringify(fields).slice(0, -1);
  return Buffer.concat([Buffer.from(isEmpty ? before : `${before},`), rest]);
}

function fieldsOfHeaders(input: DescMessage, { headers }: HttpRequest): JsonObject {
  const fields: JsonObject = {};
  for (const [header, name, read] of headerFields) {
    const text = headers[header];
    const field = input.fields.find((one) => one.name === name);
    if (text === undefined) {
      continue;
    }
    if (field === undefined) {
      throw invalidParameter(header, "is not heeded here; leave it out");
    }
    const value = typeof text === "string" ? read(text.trim()) : undefined;
    if (value === undefined) {
      throw invalidParameter(header, "must be one strong etag in quotes, as ETag gave it, or *");
    }
    if (value !== "*") {
      fields[field.jsonName] = value;
    }
  }
  return fields;
}

function etagOf(text: string): string | undefined {
  return text === "*" ? "*" : /^"([\x21\x23-\x7e]+)"$/.exec(text)?.[1];
}

/** The fields that a body names, as an update mask has them: the body may say null, which clears. */
function pathsOf({ mask, maskable }: MaskRule, body: Uint8Array): readonly string[] {
  let named: unknown;
  try {
    named = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  } catch {
    return [];
  }
  if (typeof named !== "object" || named === null) {
    return [];
  }
  const has = (name: string): boolean => Object.hasOwn(named, name);
  if (has(mask.name) || has(mask.jsonName)) {
    return [];
  }
  return maskable.filter(({ name, jsonName }) => has(name) || has(jsonName)).map(({ jsonName }) => jsonName);
}

function jsonNameOf(input: DescMessage, name: string): string {
  return input.fields.find((field) => field.name === name)?.jsonName ?? name;
}
