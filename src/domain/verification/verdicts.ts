import type { LimitDecision } from "../rate_limit/limit-decision.js";
import { missingScopes } from "../scope.js";
import type { KeyRecord, Verdict, VerificationCode } from "./model.js";

/** An answer without more to say. */
export function verdict(code: VerificationCode, record: KeyRecord | undefined): Verdict {
  return { code, record, missingScopes: [], limits: [], retryAfterMs: undefined };
}

/** Why a key works for no call at all; undefined: it works. */
export function keyStatusError(record: KeyRecord): VerificationCode | undefined {
  if (record.revoked) {
    return "revoked";
  }
  if (!record.active) {
    return "disabled";
  }
  const { expiresAtMs, clockOffsetMs } = record;
  return expiresAtMs !== undefined && expiresAtMs <= performance.now() + clockOffsetMs ? "expired" : undefined;
}

/** @returns undefined: the key has every scope that is required */
export function scopeDenial(record: KeyRecord, requiredScopes: readonly string[]): Verdict | undefined {
  const missing = missingScopes(record.scopes, requiredScopes);
  return missing.length === 0 ? undefined : { ...verdict("insufficient_scope", record), missingScopes: missing };
}

/** What the limits say of a call that all other checks let pass. */
export function limitVerdict(record: KeyRecord, { admitted, limits, retryAfterMs }: LimitDecision): Verdict {
  return { code: admitted ? "valid" : "rate_limited", record, missingScopes: [], limits, retryAfterMs };
}
