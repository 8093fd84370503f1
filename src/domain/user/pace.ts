import { setTimeout as sleep } from "node:timers/promises";

/**
 * Spreads refusals: whoever tries one password after the other waits for them, and takes less of the event loop. Who comes with more than
 * the rate at once waits for `mostMs` at the longest, whatever came before.
 */
export class Pace {
  readonly #intervalMs: number;
  readonly #mostMs: number;
  #nextAt = 0;

  /** @param mostMs the longest that anybody waits */
  constructor(perSecond: number, mostMs: number) {
    this.#intervalMs = 1_000 / perSecond;
    this.#mostMs = mostMs;
  }

  /** Waits for one's turn. */
  async take(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = Math.min(at + this.#intervalMs, now + this.#mostMs);
    if (at > now) {
      await sleep(at - now);
    }
  }
}
