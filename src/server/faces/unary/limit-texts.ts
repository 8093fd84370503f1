import type { LimitState } from "../../../domain/rate_limit/model.js";

/** A state's text around what is remaining. */
export interface LimitText {
  readonly before: string;
  readonly after: string;
}

/**
 * Keeps the texts of states, of which `remaining` differs from call to call. The shares of a minute, whosever they are, have one date of
 * reset for each window, the same object, and few limits with it.
 *
 * @param write the text of a state in which nothing is remaining
 */
export function keptLimitTexts(write: (state: LimitState) => LimitText): (state: LimitState) => LimitText {
  const kept = new WeakMap<Date, Map<number, LimitText>>();
  return (state) => {
    const { resetAt, limit } = state;
    let byLimit = kept.get(resetAt);
    if (byLimit === undefined) {
      byLimit = new Map();
      kept.set(resetAt, byLimit);
    }
    let text = byLimit.get(limit);
    if (text === undefined) {
      text = write(state);
      byLimit.set(limit, text);
    }
    return text;
  };
}
