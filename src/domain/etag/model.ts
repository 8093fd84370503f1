import { hash } from "node:crypto";
import { EtagMismatchError } from "./errors.js";

/** What is changed over time, and counts its changes. */
export interface Versioned {
  readonly publicId: string;
  /** One more with each change: two of one millisecond differ by it. */
  readonly version: bigint;
  /** A database that is restored counts from where its backup was: what comes after that differs by its time. */
  readonly updatedAt: Date;
}

/** Stands for whatever is there, as in `If-Match: *`. */
const whateverIsThere = "*";

/** 96 bits; a digest, so that nobody counts changes by it, or counts on it. */
const length = 16;

/** Names one state of a resource: 16 characters of A-Z, a-z, 0-9, - and _. */
export function etagOf({ publicId, version, updatedAt }: Versioned): string {
  return hash("sha256", `${publicId} ${version} ${updatedAt.getTime()}`, "base64url").slice(0, length);
}

/**
 * Holds a change to the state that it is meant for. The resource's row is locked, so that nobody comes in between.
 *
 * @param etag empty: the change is meant for any
 * @throws EtagMismatchError
 */
export function requireEtag(etag: string, resource: Versioned): void {
  if (etag !== "" && etag !== whateverIsThere && etag !== etagOf(resource)) {
    throw new EtagMismatchError();
  }
}
