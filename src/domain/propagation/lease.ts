/** The two clocks that a lease is measured by, in milliseconds. */
export interface Clocks {
  /** Never goes back. */
  monotonic(): number;
  /** Goes on while the machine sleeps. */
  wall(): number;
}

export const systemClocks: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/** A moment by both clocks. */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

export function readClocks(clocks: Clocks): Instant {
  return { monotonic: clocks.monotonic(), wall: clocks.wall() };
}

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
