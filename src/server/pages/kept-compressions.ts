import type { Compression } from "@connectrpc/connect/protocol";

/** Compressions that compress the same bytes once, whoever asks and however often. */
export function keptCompressions(compressions: readonly Compression[]): Compression[] {
  return compressions.map((compression) => {
    const compressed = new WeakMap<Uint8Array, ReturnType<Compression["compress"]>>();
    return {
      ...compression,
      compress: (bytes) => {
        const known = compressed.get(bytes) ?? compression.compress(bytes);
        compressed.set(bytes, known);
        return known;
      },
    };
  });
}
