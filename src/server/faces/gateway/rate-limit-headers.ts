import { type LimitState, windowMs } from "../../../domain/rate_limit/model.js";
import type { KeyRecord } from "../../../domain/verification/model.js";

/**
 * RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-11): lists of structured fields, an item a window, with its quota
 * and width in seconds, and with what remains of it and in how many seconds it ends. Names and numbers alone, so there is
 * nothing to escape.
 *
 * @returns names and values by turns; none for a key without limits
 */
export function rateLimitHeaders(record: KeyRecord, limits: readonly LimitState[]): readonly string[] {
  if (limits.length === 0) {
    return [];
  }
  let policy = "";
  let states = "";
  for (const state of limits) {
    const { window, limit, remaining } = state;
    const separator = policy === "" ? "" : ", ";
    const seconds = secondsUntil(record, state);
    policy += `${separator}"${window}";q=${limit};w=${windowMs[window] / 1000}`;
    states += `${separator}"${window}";r=${remaining};t=${seconds}`;
  }
  return ["RateLimit-Policy", policy, "RateLimit", states];
}

/** In how many seconds a window ends. */
export function secondsUntil({ clockOffsetMs }: KeyRecord, { resetAt }: LimitState): number {
  return Math.max(0, Math.ceil((resetAt.getTime() - performance.now() - clockOffsetMs) / 1000));
}
