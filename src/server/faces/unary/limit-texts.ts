import type { LimitState } from "../../../domain/rate_limit/model.js";

/** A state's text around what is remaining. */
export interface LimitText {
  readonly before: string;
  readonly after: string;
}

/**
 * Keeps the texts of states, of which `remaining` alone differs from call to call: a share has the same date of reset, the
 * same object, as long as it lasts, and one limit with it.
 *
 * @param write the text of a state in which nothing is remaining
 */
export function keptLimitTexts(write: (state: LimitState) => LimitText): (state: LimitState) => LimitText {
  const kept = new WeakMap<Date, LimitText>();
  return (state) => {
    let text = kept.get(state.resetAt);
    if (text === undefined) {
      text = write(state);
      kept.set(state.resetAt, text);
    }
    return text;
  };
}
