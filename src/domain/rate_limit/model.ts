export type LimitWindow = "minute" | "day";

/** Limits of a key or a tier. Of a key's own, undefined inherits from its tier; elsewhere it is no limit, as 0 always is. */
export interface RateLimits {
  readonly perMinute: number | undefined;
  readonly perDay: number | undefined;
}

/** Where a key stands in one window. */
export interface LimitState {
  readonly window: LimitWindow;
  readonly limit: number;
  readonly remaining: number;
  /** When the window ends. */
  readonly resetAt: Date;
}

/** A limit of a key, in one window. */
export interface WindowLimit {
  readonly window: LimitWindow;
  readonly limit: number;
}

/** A key, as far as its limits go. */
export interface LimitedKey {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  readonly tier: string;
  readonly rateLimits: RateLimits;
}

/** What a key has spent in the windows of now. */
export interface Spent {
  readonly minute: number;
  readonly day: number;
  /** The database's time. */
  readonly now: Date;
}

/** Whether a call was admitted, and where its key stands after it. */
export interface Admission {
  readonly admitted: boolean;
  readonly limits: readonly LimitState[];
  /** Milliseconds until the call could be admitted; undefined when it was, or when no wait helps. */
  readonly retryAfterMs: number | undefined;
}

export const windowMs: Readonly<Record<LimitWindow, number>> = { minute: 60_000, day: 86_400_000 };

/** The windows that limit a key. Windows are UTC minutes and UTC days. */
export function windowLimits({ perMinute, perDay }: RateLimits): readonly WindowLimit[] {
  return [
    ...(perMinute ? [{ window: "minute", limit: perMinute } as const] : []),
    ...(perDay ? [{ window: "day", limit: perDay } as const] : []),
  ];
}

/** Whether a key has a limit in any window. */
export function isLimited({ perMinute, perDay }: RateLimits): boolean {
  return Boolean(perMinute) || Boolean(perDay);
}

/** Where a key stands in a window after spending. */
export function stateOf({ window, limit }: WindowLimit, spent: Spent): LimitState {
  const width = windowMs[window];
  return {
    window,
    limit,
    remaining: Math.max(0, limit - spent[window]),
    resetAt: new Date((Math.floor(spent.now.getTime() / width) + 1) * width),
  };
}

export function admission(limits: readonly WindowLimit[], spent: Spent): Admission {
  return { admitted: true, limits: limits.map((limit) => stateOf(limit, spent)), retryAfterMs: undefined };
}

/** @param cost what the call would have cost */
export function refusal(limits: readonly WindowLimit[], spent: Spent, cost: number): Admission {
  return {
    admitted: false,
    limits: limits.map((limit) => stateOf(limit, spent)),
    retryAfterMs: retryAfterMs(limits, spent, cost),
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
