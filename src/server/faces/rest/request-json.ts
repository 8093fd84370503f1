import type { DescField, DescMessage, JsonObject } from "@bufbuild/protobuf";
import { type MaskRule, maskRule } from "../../call/update-mask.js";
import { type HttpRequest, queryOf } from "../../http/http.js";
import { fieldsOfHeaders } from "./header-fields.js";
import { invalidParameter, unknownParameter } from "./invalid-parameter.js";
import { requestOfQuery } from "./query-parameters.js";
import type { MatchedRoute } from "./router.js";

/**
 * What an HTTP request asks of an rpc, as the JSON of its message: what the body says, and before it what path, query and
 * headers say. The body's own text is kept, so that it is read as that of any other face; what it says again is a field
 * that is given twice, and is refused as such.
 *
 * @throws ConnectError that names the parameter or header
 */
export function requestJson({ route, params }: MatchedRoute, request: HttpRequest, body: Uint8Array): Uint8Array {
  const { input } = route.method;
  const query = new URLSearchParams(queryOf(request));
  const isInPath = (field: DescField): boolean => field.name in params;
  const whole: JsonObject = fieldsOfHeaders(input, request);
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
  const masks: string[] = [];
  if (route.body === undefined) {
    const asked = requestOfQuery(input, query, isInPath);
    const twice = input.fields.find(({ jsonName }) => jsonName in whole && jsonName in asked);
    if (twice !== undefined) {
      throw invalidParameter(twice.name, "must be given once, in a header or in the query");
    }
    return Buffer.from(JSON.stringify({ ...whole, ...asked }));
  }
  for (const [name, value] of query) {
    if (rule === undefined || (name !== rule.mask.name && name !== rule.mask.jsonName)) {
      throw unknownParameter(name, rule === undefined ? [] : [rule.mask.name]);
    }
    masks.push(value);
  }
  if (rule !== undefined && masks.length > 0) {
    const paths = masks.join(",");
    whole[rule.mask.jsonName] = paths.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
  if (route.body !== "request") {
    if (body.byteLength > 0 && jsonOf(body) === undefined) {
      // Its end would be taken for that of the field, and what follows for more of the request. It is left to its own error.
      return body;
    }
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

/** Puts fields before those of an object's text. What is none is left as it is, for its own error: no message is read of it. */
function withFields(fields: JsonObject, text: Uint8Array): Uint8Array {
  const object = text.byteLength === 0 ? Buffer.from("{}") : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const brace = behindSpace(object);
  if (object[brace] !== openingBrace || Object.keys(fields).length === 0) {
    return object;
  }
  const rest = object.subarray(brace + 1);
  const isEmpty = rest[behindSpace(rest)] === closingBrace;
  const before = JSON.stringify(fields).slice(0, -1);
  return Buffer.concat([Buffer.from(isEmpty ? before : `${before},`), rest]);
}

const [openingBrace, closingBrace] = Buffer.from("{}");
/** What JSON allows between its tokens. */
const space = new Set(Buffer.from(" \t\r\n"));

/** Where the first byte is that is not space. */
function behindSpace(text: Uint8Array): number {
  let at = 0;
  while (space.has(text[at] ?? 0)) {
    at += 1;
  }
  return at;
}

/** The fields that a body names, as an update mask has them: the body may say null, which clears. */
function pathsOf({ mask, maskable }: MaskRule, body: Uint8Array): readonly string[] {
  const named = jsonOf(body);
  if (typeof named !== "object" || named === null) {
    return [];
  }
  const has = (name: string): boolean => Object.hasOwn(named, name);
  if (has(mask.name) || has(mask.jsonName)) {
    return [];
  }
  return maskable.filter(({ name, jsonName }) => has(name) || has(jsonName)).map(({ jsonName }) => jsonName);
}

/** Undefined: it is not JSON. */
function jsonOf(text: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString());
  } catch {
    return undefined;
  }
}

function jsonNameOf(input: DescMessage, name: string): string {
  return input.fields.find((field) => field.name === name)?.jsonName ?? name;
}
