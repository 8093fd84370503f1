import { type Clocks, type Instant, readClocks, systemClocks } from "../../platform/clock.js";

/**
 * For how long this instance may trust what it remembers: while it is sure to have heard of every change, or else is known
 * by every changer to forget in time.
 */
export class Lease {
  readonly #durationMs: number;
  readonly #clocks: Clocks;
  #since: Instant | undefined;
  #everHeld = false;

  constructor(durationMs: number, clocks: Clocks = systemClocks) {
    this.#durationMs = durationMs;
    this.#clocks = clocks;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  now(): Instant {
    return readClocks(this.#clocks);
  }

  /** Whether what is remembered may be trusted: less than the lease has passed by either clock. */
  holds(): boolean {
    const since = this.#since;
    return (
      since !== undefined &&
      this.#clocks.monotonic() - since.monotonic < this.#durationMs &&
      this.#clocks.wall() - since.wall < this.#durationMs
    );
  }

  /** Whether it was ever renewed: notifications do come back. */
  get everHeld(): boolean {
    return this.#everHeld;
  }

  /** Milliseconds since it was renewed; undefined: it never was. */
  ageMs(): number | undefined {
    return this.#since === undefined ? undefined : this.#clocks.monotonic() - this.#since.monotonic;
  }

  /** @param sentAt when the renewal that has now come back was sent */
  renew(sentAt: Instant): void {
    this.#since = sentAt;
    this.#everHeld = true;
  }

  end(): void {
    this.#since = undefined;
  }
}
