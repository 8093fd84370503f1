/** Up to so much of a delay is added to it, so that what failed together does not come back together. */
const jitter = 0.1;

/**
 * How long to wait before the next attempt, in milliseconds.
 *
 * @param delaysMs how long after each failed attempt the next one comes; after the last, none does
 * @param failed how many attempts have failed, at least 1
 * @param random from 0 to 1
 * @returns undefined: there is none
 */
export function retryDelayMs(delaysMs: readonly number[], failed: number, random: number): number | undefined {
  const delay = delaysMs[failed - 1];
  return delay === undefined ? undefined : Math.round(delay * (1 + jitter * random));
}
