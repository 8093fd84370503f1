import type { LimitState, LimitWindow, WindowLimit } from "./model.js";
import { windowEndsAt } from "./window-ends.js";

/** Whether a call was admitted, and where its key stands after it. */
export interface LimitDecision {
  readonly admitted: boolean;
  readonly limits: readonly LimitState[];
  /** Milliseconds until the call could be admitted; undefined when it was, or when no wait helps. */
  readonly retryAfterMs: number | undefined;
}

/** What a key has spent in the windows of now. */
export interface Spent {
  readonly minute: number;
  readonly day: number;
  /** The database's time. */
  readonly now: Date;
}

/** The decision on a key that no window limits. */
export const unlimited: LimitDecision = { admitted: true, limits: [], retryAfterMs: undefined };

export function admittedAfter(limits: readonly WindowLimit[], spent: Spent): LimitDecision {
  return { admitted: true, limits: limits.map((limit) => stateOf(limit, spent)), retryAfterMs: undefined };
}

/**
 * The decision on a call that an instance admits by itself. What others have spent since the last refill is not known there:
 * all that is sure to be left is what the instance holds.
 */
export function admittedHolding(
  limits: readonly WindowLimit[],
  rest: number,
  resetAt: Readonly<Record<LimitWindow, Date>>,
): LimitDecision {
  const states = limits.map(({ window, limit }) => ({ window, limit, remaining: rest, resetAt: resetAt[window] }));
  return { admitted: true, limits: states, retryAfterMs: undefined };
}

/** @param cost what the call would have cost */
export function denied(limits: readonly WindowLimit[], spent: Spent, cost: number): LimitDecision {
  return {
    admitted: false,
    limits: limits.map((limit) => stateOf(limit, spent)),
    retryAfterMs: retryAfterMs(limits, spent, cost),
  };
}

/** Whether a call spends anything if it fits: one of cost 0 reads the limits, and one above a limit is never admitted. */
export function canSpend(limits: readonly WindowLimit[], cost: number): boolean {
  return cost > 0 && limits.every(({ limit }) => cost <= limit);
}

/** Where a key stands in a window after spending. */
function stateOf({ window, limit }: WindowLimit, spent: Spent): LimitState {
  return {
    window,
    limit,
    remaining: Math.max(0, limit - spent[window]),
    resetAt: windowEndsAt(spent.now)[window],
  };
}

/** Until the last of the windows that are too full ends; undefined when the call costs more than a whole window. */
function retryAfterMs(limits: readonly WindowLimit[], spent: Spent, cost: number): number | undefined {
  if (limits.some(({ limit }) => cost > limit)) {
    return undefined;
  }
  const waits = limits
    .filter(({ window, limit }) => spent[window] + cost > limit)
    .map((limit) => stateOf(limit, spent).resetAt.getTime() - spent.now.getTime());
  return Math.max(0, ...waits);
}
