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

export const windowMs: Readonly<Record<LimitWindow, number>> = { minute: 60_000, day: 86_400_000 };

const windowsOf = new WeakMap<RateLimits, readonly WindowLimit[]>();

/** The windows that limit a key, the same for the same limits. Windows are UTC minutes and UTC days. */
export function windowLimits(rateLimits: RateLimits): readonly WindowLimit[] {
  let windows = windowsOf.get(rateLimits);
  if (windows === undefined) {
    const { perMinute, perDay } = rateLimits;
    windows = [
      ...(perMinute ? [{ window: "minute", limit: perMinute } as const] : []),
      ...(perDay ? [{ window: "day", limit: perDay } as const] : []),
    ];
    windowsOf.set(rateLimits, windows);
  }
  return windows;
}

/** Whether a key has a limit in any window. */
export function isLimited({ perMinute, perDay }: RateLimits): boolean {
  return Boolean(perMinute) || Boolean(perDay);
}
