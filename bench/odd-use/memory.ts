/** What the sources of keys take in memory until they are written, for keys that are used from as many as are told apart. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { emptySlots, SourceRecorder } from "../lib/product.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function bytesInUse(): number {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/**
 * @param uses of each key: networks and agents of its own
 * @param rowsOfKey how many rows that takes
 * @returns bytes a key
 */
export function bytesOfKeys(keyCount: number, uses: number, rowsOfKey: number): number {
  const keys = Array.from({ length: keyCount }, (_, i) => ({
    projectId: 1n,
    apiKeyId: BigInt(i),
    slots: emptySlots(),
  }));
  const before = bytesInUse();
  const recorder = new SourceRecorder();
  for (let use = 0; use < uses; use++) {
    for (const [i, key] of keys.entries()) {
      recorder.record(key, { network: (i * 31 + use) % 2 ** 24, userAgent: `client/${use}` });
    }
  }
  const bytes = (bytesInUse() - before) / keyCount;
  // Also keeps both in memory until they were measured.
  if (recorder.rows !== rowsOfKey * keys.length || recorder.dropped > 0) {
    throw new Error(`${recorder.rows} rows were recorded, and ${recorder.dropped} uses dropped`);
  }
  return bytes;
}

/** A million networks and agents of one key. @returns how many rows that takes */
export function rowsOfMillion(): number {
  const key = { projectId: 1n, apiKeyId: 1n, slots: emptySlots() };
  const recorder = new SourceRecorder();
  for (let i = 0; i < 1_000_000; i++) {
    recorder.record(key, { network: i, userAgent: `client/${i}` });
  }
  return recorder.rows;
}
