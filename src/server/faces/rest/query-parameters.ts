import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { QueryRequestSchema } from "../../../../gen/altalune/v1/common_pb.js";
import { invalidParameter, unknownParameter } from "./invalid-parameter.js";

/** Parameters of listings, by which field of their query they are; every other parameter is a filter. */
const pagination: ReadonlyMap<string, string> = new Map([
  ["page", "page"],
  ["page_size", "pageSize"],
  ["page_token", "pageToken"],
]);

/**
 * What a query string says of a request, as its JSON: each parameter a field by its name, in either spelling. Of a listing, the
 * page, keyword, sorting (`-created_at`: the newest first) and filters.
 *
 * @param isInPath whether the path says it already
 * @throws ConnectError that names the parameter
 */
export function requestOfQuery(
  input: DescMessage,
  query: URLSearchParams,
  isInPath: (field: DescField) => boolean,
): JsonObject {
  const request: JsonObject = {};
  const listing = input.fields.find(({ message }) => message?.typeName === QueryRequestSchema.typeName);
  const filters: Record<string, { values: string[] }> = Object.create(null);
  const asked: JsonObject = {};
  const pages: JsonObject = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const pageField = pagination.get(snakeCase(name));
    const field = input.fields.find((one) => (one.name === name || one.jsonName === name) && one !== listing);
    if (field !== undefined && !isInPath(field)) {
      once(name, request, field.jsonName);
      request[field.jsonName] = fieldValue(field, name, values);
    } else if (listing === undefined) {
      throw unknownParameter(name, parametersOf(input, isInPath));
    } else if (pageField !== undefined) {
      once(name, pages, pageField);
      pages[pageField] = single(name, values);
    } else if (name === "keyword") {
      asked["keyword"] = single(name, values);
    } else if (name === "sort") {
      asked["sorting"] = sortingOf(single(name, values));
    } else {
      filters[name] = { values };
    }
  }
  if (listing !== undefined) {
    if (Object.keys(pages).length > 0) {
      asked["pagination"] = pages;
    }
    if (Object.keys(filters).length > 0) {
      asked["filters"] = filters;
    }
    request[listing.jsonName] = asked;
  }
  return request;
}

function fieldValue(field: DescField, name: string, values: readonly string[]): JsonValue {
  if (field.fieldKind === "list") {
    return [...values];
  }
  const value = single(name, values);
  return field.fieldKind === "scalar" && field.scalar === ScalarType.BOOL ? (booleans.get(value) ?? value) : value;
}

const booleans = new Map([
  ["true", true],
  ["false", false],
]);

function single(name: string, values: readonly string[]): string {
  const [value = "", ...more] = values;
  if (more.length > 0) {
    throw invalidParameter(name, "must be given once");
  }
  return value;
}

/** Of its two spellings a parameter has one. */
function once(name: string, said: object, key: string): void {
  if (Object.hasOwn(said, key)) {
    throw invalidParameter(name, "must be given once");
  }
}

function sortingOf(sort: string): JsonObject {
  return sort.startsWith("-")
    ? { field: sort.slice(1), order: "SORT_ORDER_DESC" }
    : { field: sort, order: "SORT_ORDER_ASC" };
}

function parametersOf(input: DescMessage, isInPath: (field: DescField) => boolean): readonly string[] {
  return input.fields.filter((field) => !isInPath(field)).map(({ name }) => name);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
