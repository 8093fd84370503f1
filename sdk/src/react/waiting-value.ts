import { durationMs, type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { type ApiKey, ApiKeyStatus, type RotationPolicy, UnclaimedValue } from "../messages.js";

/** Whether the value before still works. */
export function isInGrace({ previousKeyExpiresAt }: ApiKey): boolean {
  return previousKeyExpiresAt !== undefined && timestampMs(previousKeyExpiresAt) > Date.now();
}

/**
 * Whether a value that a key was given by its rotation policy may wait to be shown. That it was rotated by hand instead, or has been used
 * since, a key does not say: then the server answers that none waits. A key that has no policy any more is left out, since nearly all of
 * these in a grace were rotated by hand; another rotation gives its owner a value as well.
 */
export function mayWait(apiKey: ApiKey): boolean {
  const { status, rotationPolicy: policy } = apiKey;
  const isOver = status === ApiKeyStatus.REVOKED || status === ApiKeyStatus.EXPIRED;
  return policy !== undefined && !isOver && (isInGrace(apiKey) || mayBePutOff(apiKey, policy));
}

/** Whether the value before ends as the one that waits is shown. */
export function endsAtOnce(apiKey: ApiKey): boolean {
  return !isInGrace(apiKey) && (apiKey.rotationPolicy?.grace?.seconds ?? 0n) === 0n;
}

/** Whether a value may wait that is not in force before it is shown. Until then the key is not rotated for its age. */
function mayBePutOff(apiKey: ApiKey, { unclaimed, every, beforeExpiry }: RotationPolicy): boolean {
  const { nextRotationAt, lastRotatedAt, createdAt, expiration } = apiKey;
  if (unclaimed === UnclaimedValue.END) {
    return false;
  }
  const endMs = msOf(expiration);
  if (nextRotationAt !== undefined) {
    return beforeExpiry !== undefined && timestampMs(nextRotationAt) >= endMs - durationMs(beforeExpiry);
  }
  // One that ends before it is old is never rotated.
  return every !== undefined && msOf(lastRotatedAt ?? createdAt) + durationMs(every) < endMs;
}

/** Never comes where there is none. */
function msOf(at: Timestamp | undefined): number {
  return at === undefined ? Number.POSITIVE_INFINITY : timestampMs(at);
}
