import type { DescField } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { AddressSchema, SocketAddressSchema } from "../../../../gen/envoy/config/core/v3/address_pb.js";
import { HeaderMapSchema, HeaderValueSchema } from "../../../../gen/envoy/config/core/v3/base_pb.js";
import {
  AttributeContextSchema,
  AttributeContext_HttpRequestSchema as HttpRequestSchema,
  AttributeContext_PeerSchema as PeerSchema,
  AttributeContext_RequestSchema as RequestSchema,
} from "../../../../gen/envoy/service/auth/v3/attribute_context_pb.js";
import { CheckRequestSchema } from "../../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import { RequirementError } from "../gateway/requirements.js";

/** What Envoy asks, as far as it is looked at. */
export interface Check {
  /** Entries of `context_extensions`, encoded. */
  readonly contextExtensions: readonly Buffer[];
  /** Of the client's request: names and values by turns. */
  readonly rawHeaders: readonly string[];
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly host: string;
  /** Whom Envoy has its request from; empty: no address of IP. */
  readonly source: string;
}

/** Of any map: the numbers are protobuf's. */
const entryKey = 1;
const entryValue = 2;

interface Reading {
  contextExtensions: Buffer[];
  rawHeaders: string[];
  method: string;
  path: string;
  host: string;
  source: string;
}

type ReadField = (reading: Reading, bytes: Buffer, start: number, end: number) => void;

const text = (bytes: Buffer, start: number, end: number): string => bytes.toString("latin1", start, end);

/** What is in a message, by the numbers of its fields: others are passed over, whatever is in them. */
function message(...fields: readonly (readonly [DescField, ReadField])[]): ReadField {
  const readers: ReadField[] = [];
  for (const [{ number }, read] of fields) {
    readers[number] = read;
  }
  return (reading, bytes, start, end) => {
    const reader = new BinaryReader(bytes);
    reader.pos = start;
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const read = readers[number];
      if (read === undefined || wireType !== WireType.LengthDelimited) {
        reader.skip(wireType, number);
        continue;
      }
      const length = reader.uint32();
      const next = reader.pos + length;
      if (next > end) {
        throw new RangeError("a field goes beyond its message");
      }
      read(reading, bytes, reader.pos, next);
      reader.pos = next;
    }
  };
}

/** A header in a map, or in a list with its value as bytes. @param values the fields that hold it */
function header(values: readonly number[]): ReadField {
  return (reading, bytes, start, end) => {
    const reader = new BinaryReader(bytes);
    reader.pos = start;
    let name = "";
    let value = "";
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      if (wireType !== WireType.LengthDelimited) {
        reader.skip(wireType, number);
        continue;
      }
      const length = reader.uint32();
      const next = reader.pos + length;
      if (number === entryKey) {
        name = text(bytes, reader.pos, next);
      } else if (length > 0 && values.includes(number)) {
        value = text(bytes, reader.pos, next);
      }
      reader.pos = next;
    }
    reading.rawHeaders.push(name, value);
  };
}

const { headers, headerMap, method, path, host } = HttpRequestSchema.field;
const { key, value, rawValue } = HeaderValueSchema.field;
if (key.number !== entryKey) {
  throw new Error("the name of a header does not stand where that of an entry does");
}

const readCheck = message([
  CheckRequestSchema.field.attributes,
  message(
    [
      AttributeContextSchema.field.contextExtensions,
      (reading, bytes, start, end) => {
        reading.contextExtensions.push(bytes.subarray(start, end));
      },
    ],
    [
      AttributeContextSchema.field.source,
      message([
        PeerSchema.field.address,
        message([
          AddressSchema.field.socketAddress,
          message([
            SocketAddressSchema.field.address,
            (reading, bytes, start, end) => {
              reading.source = text(bytes, start, end);
            },
          ]),
        ]),
      ]),
    ],
    [
      AttributeContextSchema.field.request,
      message([
        RequestSchema.field.http,
        message(
          [headers, header([entryValue])],
          [headerMap, message([HeaderMapSchema.field.headers, header([value.number, rawValue.number])])],
          [
            method,
            (reading, bytes, start, end) => {
              reading.method = text(bytes, start, end);
            },
          ],
          [
            path,
            (reading, bytes, start, end) => {
              reading.path = text(bytes, start, end);
            },
          ],
          [
            host,
            (reading, bytes, start, end) => {
              reading.host = text(bytes, start, end);
            },
          ],
        ),
      ]),
    ],
  ),
]);

/**
 * Reads a CheckRequest, of which little is looked at: most of it is the client's, who must not be able to write it so that no
 * verdict comes of it. Hence bytes are taken as HTTP/1.1 gives them, without a look at whether they are UTF-8.
 *
 * @throws RequirementError
 */
export function checkIn(bytes: Buffer): Check {
  const reading: Reading = { contextExtensions: [], rawHeaders: [], method: "", path: "", host: "", source: "" };
  try {
    readCheck(reading, bytes, 0, bytes.length);
  } catch {
    throw new RequirementError("what was sent is no CheckRequest");
  }
  return reading;
}

/** An entry of a map of texts. @throws RequirementError */
export function entryIn(bytes: Buffer): readonly [name: string, value: string] {
  try {
    const reader = new BinaryReader(bytes);
    const entry = ["", ""] as [string, string];
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (number === entryKey || number === entryValue) {
        entry[number - 1] = reader.string();
      } else {
        reader.skip(wireType, number);
      }
    }
    return entry;
  } catch {
    throw new RequirementError("context_extensions cannot be read");
  }
}
