import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Compression } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import pLimit from "p-limit";

/**
 * Levels at which a listing of 250 KB takes 2 ms, either way, and becomes a seventh: with Node's own quality for brotli, 11, it
 * would take 390 ms and become a ninth. The client chooses what it is sent, so each choice must be cheap.
 */
const gzipLevel = 4;
const brotliQuality = 3;

/** How many answers are compressed at once: a processor stays with the event loop, and one of Node's four threads with files. */
const atOnce = Math.min(3, Math.max(1, availableParallelism() - 1));

/** From this size on an answer is compressed where the client takes it, in bytes: below it would hardly get smaller. */
export const compressMinBytes = 1024;

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);

/** What the server compresses answers with, and takes requests in. */
export function createCompressions(): Compression[] {
  const inPool = pLimit(atOnce);
  return [
    {
      ...compressionGzip,
      compress: (bytes) => inPool(async () => ownBytes(await compressGzip(bytes, { level: gzipLevel }))),
    },
    {
      ...compressionBrotli,
      compress: (bytes) =>
        inPool(async () =>
          ownBytes(
            await compressBrotli(bytes, {
              params: {
                [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
                [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
              },
            }),
          ),
        ),
    },
  ];
}

function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
