import type { SignedParts } from "@altalune/sdk/signature";
import type { KeyRecord } from "./model.js";

/** What is asked of a request that was signed with a key's signing secret. */
export interface SignedRequest extends SignedParts {
  /** HMAC-SHA-256, 32 bytes. */
  readonly signature: Uint8Array;
  readonly requiredScopes: readonly string[];
  /** What the call spends; 0 reads. */
  readonly cost: number;
}

/** A key, with what its signatures are made with: ciphertexts. */
export interface SigningKeyRecord extends KeyRecord {
  /** Undefined: the key signs nothing. */
  readonly signingSecret: Buffer | undefined;
  /** The secret before, which is accepted until its grace ends. */
  readonly previousSigningSecret: Buffer | undefined;
  readonly previousSigningSecretExpiresAt: Date | undefined;
  /** The database's time when the key was read. */
  readonly observedAt: Date;
}

/** How far the signer's clock and the database's may be apart, either way. */
const toleranceMs = 5 * 60_000;

/** Whether a request of this time is accepted now. */
export function isTimely(timestampMs: bigint, now: Date): boolean {
  // Exact where it matters: a number that is too large for a double is far out of range in either form.
  return Math.abs(Number(timestampMs) - now.getTime()) <= toleranceMs;
}

/** From when on a request of this time is accepted no more, and its nonce need not be remembered. */
export function endOfAcceptance(timestampMs: bigint): Date {
  return new Date(Number(timestampMs) + toleranceMs);
}

/** The ciphertexts of the signing secrets that are good now. */
export function liveSigningSecrets(record: SigningKeyRecord): readonly Buffer[] {
  const { signingSecret, previousSigningSecret, previousSigningSecretExpiresAt, observedAt } = record;
  if (signingSecret === undefined) {
    return [];
  }
  const grace = previousSigningSecretExpiresAt !== undefined && previousSigningSecretExpiresAt > observedAt;
  return grace && previousSigningSecret !== undefined ? [signingSecret, previousSigningSecret] : [signingSecret];
}
