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
  /** Entries of `context_extensions`, as they are encoded, a character a byte. */
  readonly contextExtensions: readonly string[];
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
  readonly reader: BinaryReader;
  /** All of it, a character a byte: cutting it up costs less than reading each text. */
  readonly all: string;
  readonly contextExtensions: string[];
  readonly rawHeaders: string[];
  /** Of the header that is being read. */
  headerName: string;
  headerValue: string;
};

type Read = (reading: Reading, start: number, end: number) => void;

type Field = Pick<DescField, "number">;

/** Reads a message, as far as it has these fields: others are passed over, whatever is in them. */
function message(...fields: readonly (readonly [Field, Read])[]): Read {
  const reads: Read[] = [];
  for (const [{ number }, read] of fields) {
    reads[number] = read;
  }
  return (reading, start, end) => {
    const { reader } = reading;
    reader.pos = start;
    while (reader.pos < end) {
      // As `reader.tag` gives it, but for the pair that it makes of it.
      const tag = reader.uint32();
      const number = tag >>> 3;
      const wireType = tag & 7;
      if (number === 0) {
        throw new RangeError("a field without a number");
      }
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
      read(reading, reader.pos, next);
      reader.pos = next;
    }
    if (reader.pos !== end) {
      throw new RangeError("a field goes beyond its message");
    }
  };
}

function text(name: "method" | "path" | "host" | "source" | "headerName"): Read {
  return (reading, start, end) => {
    reading[name] = reading.all.slice(start, end);
  };
}

/** Of a header whose value may stand in one of two fields, the one that says something. */
const headerValue: Read = (reading, start, end) => {
  if (end > start) {
    reading.headerValue = reading.all.slice(start, end);
  }
};

function header(read: Read): Read {
  return (reading, start, end) => {
    reading.headerName = "";
    reading.headerValue = "";
    read(reading, start, end);
    reading.rawHeaders.push(reading.headerName, reading.headerValue);
  };
}

const contextExtension: Read = ({ contextExtensions, all }, start, end) => {
  contextExtensions.push(all.slice(start, end));
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
    reader: new BinaryReader(bytes),
    all: bytes.toString("latin1"),
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
    readCheck(reading, 0, bytes.length);
  } catch {
    throw new RequirementError("what was sent is no CheckRequest");
  }
  return reading;
}

/** An entry of a map of texts. @param encoded a character a byte @throws RequirementError */
export function entryIn(encoded: string): readonly [name: string, value: string] {
  try {
    const reader = new BinaryReader(Buffer.from(encoded, "latin1"));
    let name = "";
    let value = "";
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.LengthDelimited && number === entry.key.number) {
        name = reader.string();
      } else if (wireType === WireType.LengthDelimited && number === entry.value.number) {
        value = reader.string();
      } else {
        reader.skip(wireType, number);
      }
    }
    return [name, value];
  } catch {
    throw new RequirementError("context_extensions cannot be read");
  }
}
