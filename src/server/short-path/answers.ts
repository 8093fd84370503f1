import type { KeyRecord, Verdict, VerificationCode } from "../../domain/verification/model.js";
import type { EncodedAnswer } from "./codec.js";

interface KeptAnswer extends EncodedAnswer {
  readonly code: VerificationCode;
}

/**
 * Encodes verdicts. One without missing scopes and limits is the same each time: it is encoded once a record and code, and
 * kept as long as the record.
 */
export function cachedEncoder(encode: (verdict: Verdict) => EncodedAnswer): (verdict: Verdict) => EncodedAnswer {
  const kept = new WeakMap<KeyRecord, KeptAnswer>();
  return (verdict) => {
    const { record, code, missingScopes, limits } = verdict;
    if (record === undefined || missingScopes.length > 0 || limits.length > 0) {
      return encode(verdict);
    }
    const last = kept.get(record);
    if (last?.code === code) {
      return last;
    }
    const answer = { ...encode(verdict), code };
    kept.set(record, answer);
    return answer;
  };
}
