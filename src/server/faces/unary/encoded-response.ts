import type { LimitState } from "../../../domain/rate_limit/model.js";
import type { Verdict, VerificationCode } from "../../../domain/verification/model.js";
import { ObjectSlot } from "../../../platform/object-slot.js";
import type { EncodedResponse } from "./verify-codec.js";

interface KeptAnswer extends EncodedResponse {
  readonly code: VerificationCode;
}

/** Writes an answer in one encoding. */
export interface AnswerEncoder {
  /** Any answer. */
  whole(verdict: Verdict): EncodedResponse;
  /** An answer that was written without limits, with them: in the order of fields they come last but for `retry_after`. */
  withLimits(answer: EncodedResponse, limits: readonly LimitState[]): EncodedResponse;
}

/**
 * Encodes verdicts. What a verdict says of a record is the same each time: it is encoded once a record and code, and kept as
 * long as the record. Made once an encoding, as its module loads. Limits differ from call to call: they are written behind it.
 */
export function cachedEncoder({ whole, withLimits }: AnswerEncoder): (verdict: Verdict) => EncodedResponse {
  const kept = new ObjectSlot<KeptAnswer>();
  return (verdict) => {
    const { record, code, missingScopes, limits, retryAfterMs } = verdict;
    if (record === undefined || missingScopes.length > 0 || retryAfterMs !== undefined) {
      return whole(verdict);
    }
    let answer = kept.get(record);
    if (answer?.code !== code) {
      answer = { ...whole({ ...verdict, limits: [] }), code };
      kept.set(record, answer);
    }
    return limits.length === 0 ? answer : withLimits(answer, limits);
  };
}
