import type { RateLimit } from "./verified-api-key.js";

/** In seconds. */
export const widths = { minute: 60, day: 86_400 } as const;

/**
 * RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-11): an item a window, with its quota and its width in
 * seconds, and with what remains of it and in how many seconds it ends. None for a key without limits.
 */
export function rateLimitHeaders(limits: readonly RateLimit[], now = Date.now()): Readonly<Record<string, string>> {
  if (limits.length === 0) {
    return {};
  }
  const policies = limits.map(({ window, limit }) => `"${window}";q=${limit};w=${widths[window]}`);
  const states = limits.map(({ window, remaining, resetAt }) => {
    // The windows are by Altalune's clock, which may differ from ours.
    const seconds = Math.min(widths[window], Math.max(0, Math.ceil((resetAt.getTime() - now) / 1000)));
    return `"${window}";r=${remaining};t=${seconds}`;
  });
  return { "RateLimit-Policy": policies.join(", "), RateLimit: states.join(", ") };
}
