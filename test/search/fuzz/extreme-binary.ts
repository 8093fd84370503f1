import { type DescMessage, fromJson, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Bodies, Body, Valid } from "./extreme-bodies.js";

const deep = 10_000;

export const binaryBodies: Bodies = {
  "protobuf nested 10,000 deep": (valid) => binary(bytesOf(valid), nestedMessage(valid.input, deep)),
  "protobuf nested 60 deep": (valid) => binary(bytesOf(valid), nestedMessage(valid.input, 60)),
  "groups nested 10,000 deep": () =>
    binary(...Array(deep).fill(new BinaryWriter().tag(900, WireType.StartGroup).finish())),
  "protobuf with one byte behind it": (valid) => binary(bytesOf(valid), [0x0a]),
  "protobuf that promises 4 GiB": () => binary([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
  "protobuf of an endless number": () => binary(Buffer.alloc(1_000, 0xff)),
  "field number 0": () => binary([0x02, 0x00]),
  "JSON called protobuf": ({ request }) => binary(Buffer.from(JSON.stringify(request))),
  "protobuf called JSON": (valid) => ({ bytes: bytesOf(valid), headers: { "content-type": "application/json" } }),
  "a stream that is none": ({ request }) => ({
    bytes: JSON.stringify(request),
    headers: { "content-type": "application/connect+json" },
  }),
  "gRPC without its frames": (valid) => ({ bytes: bytesOf(valid), headers: { "content-type": "application/grpc" } }),
  "a frame that promises more": () => frames([0, 0, 0, 1, 0], [1, 2, 3]),
  "a frame that promises 4 GiB": () => frames([0, 0xff, 0xff, 0xff, 0xff]),
  "half a frame's head": () => frames([0, 0]),
  "a compressed frame that is not": () => frames([1, 0, 0, 0, 2], [1, 2]),
  "a frame of unknown flags": () => frames([0x7f, 0, 0, 0, 0]),
  "a frame of trailers": () => frames([0x80, 0, 0, 0, 2], [13, 10]),
  "two messages": () => frames([0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
  "no message": () => frames([]),
};

function binary(...parts: readonly Iterable<number>[]): Body {
  return { bytes: joined(parts), headers: { "content-type": "application/proto" } };
}

function frames(...parts: readonly Iterable<number>[]): Body {
  return { bytes: joined(parts), headers: { "content-type": "application/grpc-web+proto" } };
}

function joined(parts: readonly Iterable<number>[]): Uint8Array {
  return Buffer.concat(parts.map((part) => Uint8Array.from(part)));
}

function bytesOf({ input, request }: Valid): Uint8Array {
  return toBinary(input, fromJson(input, request));
}

/** In the message's last field that holds messages, as Structs in Structs: an entry, its value, a list or Struct in that. */
function nestedMessage(input: DescMessage, depth: number): Uint8Array {
  const number = input.fields.findLast((field) => field.message !== undefined)?.number ?? 900;
  // Heads grow with what they hold, so they are put together from the inside, and reversed once.
  const heads: Uint8Array[] = [];
  let size = 0;
  for (let level = 0; level < depth; level++) {
    const field = level === depth - 1 ? number : [5, 2, 1, 6][level % 4];
    const head = new BinaryWriter()
      .tag(field ?? 1, WireType.LengthDelimited)
      .uint32(size)
      .finish();
    heads.push(head);
    size += head.length;
  }
  return joined(heads.reverse());
}
