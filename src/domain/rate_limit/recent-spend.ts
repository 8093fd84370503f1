const spanMs = 100;

/** How long "lately" is, in milliseconds. */
export const latelyMs = spanMs;

/** How much of a key was spent here lately. */
export class RecentSpend {
  #at: number;
  /** Which span of 100 ms is now, counted from the clock's zero. */
  #span = 0;
  #inSpan = 0;
  #inSpanBefore = 0;

  /** @param now by a monotonic clock, in milliseconds; so is every other */
  constructor(now: number) {
    this.#at = now;
  }

  /** When anything was spent last; when this began, if nothing was. */
  get at(): number {
    return this.#at;
  }

  note(cost: number, now: number): void {
    this.#at = now;
    this.#moveTo(now);
    this.#inSpan += cost;
  }

  /** What was spent in the last 100 ms, about: the span before counts by as much as those reach into it. */
  lately(now: number): number {
    this.#moveTo(now);
    const reach = 1 - (now / spanMs - this.#span);
    return Math.floor(this.#inSpan + this.#inSpanBefore * reach);
  }

  #moveTo(now: number): void {
    const span = Math.floor(now / spanMs);
    if (span !== this.#span) {
      this.#inSpanBefore = span === this.#span + 1 ? this.#inSpan : 0;
      this.#inSpan = 0;
      this.#span = span;
    }
  }
}
