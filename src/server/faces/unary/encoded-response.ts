import type { LimitState } from "../../../domain/rate_limit/model.js";
import type { KeyRecord, Verdict, VerificationCode } from "../../../domain/verification/model.js";
import { ObjectSlot } from "../../../platform/object-slot.js";
import type { EncodedResponse } from "./verify-codec.js";

/** A verdict on a key that is known. */
export interface KeyVerdict extends Verdict {
  readonly record: KeyRecord;
}

/** What is kept of an answer. */
export interface Kept {
  readonly code: VerificationCode;
}

/** Writes an answer in one encoding. */
export interface AnswerEncoder<K extends Kept> {
  /** Any answer. */
  whole(verdict: Verdict): EncodedResponse;
  /** What to keep of an answer without limits, as long as its record. It should be small: a hundred thousand records have one each. */
  keep(verdict: KeyVerdict): K;
  /** The same answer again, with limits behind it: in the order of fields they come last but for `retry_after`. */
  again(kept: K, record: KeyRecord, limits: readonly LimitState[]): EncodedResponse;
}

/**
 * Encodes verdicts. What a verdict says of a record is the same each time: most of the work is done once a record and code. Made
 * once an encoding, as its module loads. Limits differ from call to call: they are written behind it.
 */
export function cachedEncoder<K extends Kept>(encoder: AnswerEncoder<K>): (verdict: Verdict) => EncodedResponse {
  const slot = new ObjectSlot<K>();
  return (verdict) => {
    const { record, code, missingScopes, limits, retryAfterMs } = verdict;
    if (record === undefined || missingScopes.length > 0 || retryAfterMs !== undefined) {
      return encoder.whole(verdict);
    }
    let kept = slot.get(record);
    if (kept?.code !== code) {
      kept = encoder.keep({ ...verdict, record, limits: [] });
      slot.set(record, kept);
    }
    return encoder.again(kept, record, limits);
  };
}
