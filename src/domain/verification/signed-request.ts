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

/** What was presented as a signed request: whatever a client may send, in the fields that come from it. */
export interface PresentedRequest extends Omit<SignedRequest, "timestampMs"> {
  /** Undefined: none in whole milliseconds. */
  readonly timestampMs: bigint | undefined;
}

/** How long the parts are that a client chooses, in characters. */
const lengths = { nonce: [8, 128], method: [1, 16], path: [1, 8192] } as const;

/** Whether a signer could have signed it: nobody can have signed what is not. */
export function isSignable(request: PresentedRequest): request is SignedRequest {
  const parts = Object.entries(lengths) as [keyof typeof lengths, readonly [min: number, max: number]][];
  return (
    request.timestampMs !== undefined &&
    parts.every(([part, [min, max]]) => {
      const text = request[part];
      return isPlain(text) && [...text].length >= min && [...text].length <= max;
    })
  );
}

/** On one line, and as the database can hold it. */
function isPlain(text: string): boolean {
  return text.isWellFormed() && !/[\0\r\n]/.test(text);
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
