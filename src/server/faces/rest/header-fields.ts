import type { DescMessage, JsonObject } from "@bufbuild/protobuf";
import type { HttpRequest } from "../../http/http.js";
import { invalidParameter } from "./invalid-parameter.js";

/** A header that says what a field of the request is for, where the rpc has that field. */
interface HeaderField {
  readonly header: string;
  readonly field: string;
  /** What the field is to say. */
  readonly read: (text: string) => string;
}

export const headerFields = [
  { header: "idempotency-key", field: "request_id", read: idempotencyKeyOf },
  { header: "if-match", field: "etag", read: etagOf },
] as const satisfies readonly HeaderField[];

/**
 * What the headers of a request say of its message, as its JSON.
 *
 * @throws ConnectError that names the header
 */
export function fieldsOfHeaders(input: DescMessage, { headers, rawHeaders }: HttpRequest): JsonObject {
  const fields: JsonObject = {};
  for (const { header, field: name, read } of headerFields) {
    const text = headers[header];
    const field = input.fields.find((one) => one.name === name);
    if (text === undefined) {
      continue;
    }
    if (field === undefined) {
      throw invalidParameter(header, "is not heeded here; leave it out");
    }
    if (typeof text !== "string" || isTwice(header, rawHeaders)) {
      throw invalidParameter(header, "must be given once");
    }
    fields[field.jsonName] = read(text.trim());
  }
  return fields;
}

/** The header that a request says a field by; undefined: it does not by any. */
export function headerOfField(field: string, { headers }: Pick<HttpRequest, "headers">): string | undefined {
  return headerFields.find((one) => one.field === field && headers[one.header] !== undefined)?.header;
}

/** Nothing is no name: what bears it would be done again each time that it is sent. */
function idempotencyKeyOf(text: string): string {
  if (text === "") {
    throw invalidParameter("idempotency-key", "must not be empty; send 1 to 64 printable characters, or leave it out");
  }
  return text;
}

/** Of RFC 9110, section 13.1.1: `*` is met by whatever is there, if anything is. In quotes it would be an etag, which no thing has. */
function etagOf(text: string): string {
  if (text === "*") {
    return text;
  }
  const etag = /^"([\x21\x23-\x7e]+)"$/.exec(text)?.[1];
  if (etag === undefined || etag === "*") {
    throw invalidParameter("if-match", "must be one strong etag in quotes, as ETag gave it, or *");
  }
  return etag;
}

/** Node makes one text of a header that comes twice, which would then be another value. */
function isTwice(header: string, rawHeaders: readonly string[]): boolean {
  return rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === header).length > 1;
}
