import { brotliCompressSync, gzipSync } from "node:zlib";
import { maxMessageBytes } from "../../../src/server/call/message-bounds.js";
import type { Bodies, Body, Valid } from "./extreme-bodies.js";

// Made once: they take their time.
const bomb = gzipSync(Buffer.alloc(64 * maxMessageBytes));
const bombInGzip = gzipSync(bomb);
const brotliBomb = brotliCompressSync(Buffer.alloc(16 * maxMessageBytes));

export const compressedBodies: Bodies = {
  "a truncated gzip": (valid) => gzip(packed(valid).subarray(0, -6)),
  "a gzip of half its length": (valid) => gzip(packed(valid).subarray(0, packed(valid).length / 2)),
  "a gzip with a wrong checksum": (valid) => gzip(corrupted(packed(valid))),
  "a gzip with more behind it": (valid) => gzip(Buffer.concat([packed(valid), Buffer.from("more")])),
  "two gzips": (valid) => gzip(Buffer.concat([packed(valid), packed(valid)])),
  "a gzip of nothing": () => gzip(gzipSync("")),
  "no gzip at all": ({ request }) => gzip(Buffer.from(JSON.stringify(request))),
  "nothing, called gzip": () => gzip(Buffer.alloc(0)),
  "a gzip bomb": () => gzip(bomb),
  "a gzip bomb in a gzip": () => gzip(bombInGzip),
  "a brotli bomb": () => compressed(brotliBomb, "br"),
  "a truncated brotli": () => compressed(brotliBomb.subarray(0, 10), "br"),
  "an unknown compression": (valid) => compressed(packed(valid), "zstd"),
  "two compressions": (valid) => compressed(gzipSync(packed(valid)), "gzip, gzip"),
};

function gzip(bytes: Uint8Array): Body {
  return compressed(bytes, "gzip");
}

function compressed(bytes: Uint8Array, encoding: string): Body {
  return { bytes, headers: { "content-type": "application/json", "content-encoding": encoding } };
}

function packed({ request }: Valid): Buffer {
  return gzipSync(JSON.stringify(request));
}

function corrupted(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(0, copy.length - 8);
  return copy;
}
