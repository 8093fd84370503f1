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
const entry = { key: { number: 1 }, value: { number: 2 } };

type Reading = { -readonly [Name in keyof Check]: Check[Name] } & {
  readonly contextExtensions: Buffer[];
  readonly rawHeaders: string[];
  /** Of the header that is being read. */
  headerName: string;
  headerValue: string;
};

type Read = (reading: Reading, bytes: Buffer, start: number, end: number) => void;

type Field = Pick<DescField, "number">;

/** Reads a message, as far as it has these fields: others are passed over, whatever is in them. */
function message(...fields: readonly (readonly [Field, Read])[]): Read {
  const reads: Read[] = [];
  for (const [{ number }, read] of fields) {
    reads[number] = read;
  }
  return (reading, bytes, start, end) => {
    const reader = new BinaryReader(bytes);
    reader.pos = start;
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const read = reads[number];
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
    if (reader.pos !== end) {
      throw new RangeError("a field goes beyond its message");
    }
  };
}

function text(name: "method" | "path" | "host" | "source" | "headerName"): Read {
  return (reading, bytes, start, end) => {
    reading[name] = bytes.toString("latin1", start, end);
  };
}

/** Of a header whose value may stand in one of two fields, the one that says something. */
const headerValue: Read = (reading, bytes, start, end) => {
  if (end > start) {
    reading.headerValue = bytes.toString("latin1", start, end);
  }
};

function header(read: Read): Read {
  return (reading, bytes, start, end) => {
    reading.headerName = "";
    reading.headerValue = "";
    read(reading, bytes, start, end);
    reading.rawHeaders.push(reading.headerName, reading.headerValue);
  };
}

const contextExtension: Read = ({ contextExtensions }, bytes, start, end) => {
  contextExtensions.push(bytes.subarray(start, end));
};

const headerInMap = header(message([entry.key, text("headerName")], [entry.value, headerValue]));

const { key, value, rawValue } = HeaderValueSchema.field;
const headerInList = header(message([key, text("headerName")], [value, headerValue], [rawValue, headerValue]));

const { headers, headerMap, method, path, host } = HttpRequestSchema.field;
const httpRequest = message(
  [headers, headerInMap],
  [headerMap, message([HeaderMapSchema.field.headers, headerInList])],
  [method, text("method")],
  [path, text("path")],
  [host, text("host")],
);

const address = message([
  AddressSchema.field.socketAddress,
  message([SocketAddressSchema.field.address, text("source")]),
]);

const { contextExtensions, source, request } = AttributeContextSchema.field;
const readCheck = message([
  CheckRequestSchema.field.attributes,
  message(
    [contextExtensions, contextExtension],
    [source, message([PeerSchema.field.address, address])],
    [request, message([RequestSchema.field.http, httpRequest])],
  ),
]);

/**
 * Reads a CheckRequest, of which little is looked at: most of it is the client's, who must not be able to write it so that no
 * verdict comes of it. Hence bytes are taken as HTTP/1.1 gives them, without a look at whether they are UTF-8.
 *
 * @throws RequirementError
 */
export function checkIn(bytes: Buffer): Check {
  const reading: Reading = {
    contextExtensions: [],
    rawHeaders: [],
    method: "",
    path: "",
    host: "",
    source: "",
    headerName: "",
    headerValue: "",
  };
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
    const texts = ["", ""] as [string, string];
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (number === entry.key.number || number === entry.value.number) {
        texts[number - 1] = reader.string();
      } else {
        reader.skip(wireType, number);
      }
    }
    return texts;
  } catch {
    throw new RequirementError("context_extensions cannot be read");
  }
}
