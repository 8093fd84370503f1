import type { SlotHolder } from "../../platform/object-slot.js";
import type { Metadata } from "../api_key/model.js";
import type { Source } from "../odd_use/source.js";
import type { LimitState, RateLimits } from "../rate_limit/model.js";

export type VerificationCode =
  | "valid"
  | "not_found"
  | "revoked"
  | "disabled"
  | "expired"
  | "insufficient_scope"
  | "rate_limited"
  | "signature_invalid"
  | "replayed";

/** What verification knows of a key: all that a verdict is made of. */
export interface KeyRecord extends SlotHolder {
  readonly projectId: bigint;
  readonly projectPublicId: string;
  readonly apiKeyId: bigint;
  readonly apiKeyPublicId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly scopes: readonly string[];
  readonly tier: string;
  readonly metadata: Metadata | undefined;
  readonly active: boolean;
  readonly revoked: boolean;
  /** When the presented value ends, in milliseconds since 1970: the key's expiration, or before it the end of a predecessor's grace. */
  readonly expiresAtMs: number | undefined;
  /** The key's own limits over its tier's; undefined and 0: none. */
  readonly rateLimits: RateLimits;
  /** The digest of the presented value, if the service made it by itself and it was not used before; undefined, as nearly always: no. */
  readonly unusedDigest: Buffer | undefined;
  /** Of a root key: the public ids of the projects that it reaches; undefined: all. */
  readonly reachableProjectIds: readonly string[] | undefined;
  /**
   * What to add to this process's monotonic clock, in milliseconds, to have the database's: from when the record was asked
   * for, so that it errs, if at all, towards later.
   */
  readonly clockOffsetMs: number;
}

/** The most characters of a key; a longer text is no key. */
export const maxKeyLength = 512;

/** What a call spends that does not say. */
export const defaultCost = 1;

/** The most that a verification may cost: what a uint32 holds. */
export const maxCost = 0xffff_ffff;

/** What is asked of a key. */
export interface VerificationRequest {
  readonly key: string;
  /** Undefined: any project that the caller reaches. */
  readonly projectPublicId: string | undefined;
  readonly requiredScopes: readonly string[];
  /** What the call spends; 0 reads. */
  readonly cost: number;
  /** Whether the database must be asked. */
  readonly fullyConsistent: boolean;
  /** Where it comes from; undefined: not said. */
  readonly source: Source | undefined;
}

/** The answer. All but NOT_FOUND carry the key. */
export interface Verdict {
  readonly code: VerificationCode;
  readonly record: KeyRecord | undefined;
  readonly missingScopes: readonly string[];
  readonly limits: readonly LimitState[];
  /** With RATE_LIMITED: milliseconds until the call could be admitted. */
  readonly retryAfterMs: number | undefined;
}
