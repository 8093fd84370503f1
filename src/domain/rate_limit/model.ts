export type LimitWindow = "minute" | "day";

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

/** The windows that limit a key; undefined and 0 are no limit. Windows are UTC minutes and UTC days. */
export function windowLimits(perMinute: number | undefined, perDay: number | undefined): readonly WindowLimit[] {
  return [
    ...(perMinute ? [{ window: "minute", limit: perMinute } as const] : []),
    ...(perDay ? [{ window: "day", limit: perDay } as const] : []),
  ];
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

/** Whether a key has a limit in any window. */
export function isLimited({
  perMinute,
  perDay,
}: {
  readonly perMinute?: number | undefined;
  readonly perDay?: number | undefined;
}): boolean {
  return Boolean(perMinute) || Boolean(perDay);
}
