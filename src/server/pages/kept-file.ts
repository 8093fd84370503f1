import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** A file's bytes, read when first asked for and kept from then on: all who ask share them. */
export interface KeptFile {
  readonly bytes: Buffer;
  /** Names the content. */
  readonly hash: string;
}

/** @returns what reads the file once; a failure is tried again when next asked for */
export function keptFile(url: URL): () => Promise<KeptFile> {
  let kept: Promise<KeptFile> | undefined;
  return () => {
    kept ??= readFile(url).then(keep);
    kept.catch(() => {
      kept = undefined;
    });
    return kept;
  };
}

export function keep(bytes: Buffer): KeptFile {
  return { bytes, hash: createHash("sha256").update(bytes).digest("base64url").slice(0, 16) };
}
