import type { Instant } from "../../platform/clock.js";
import { type LimitWindow, windowMs } from "./model.js";
import type { Refill, RefillTimes, Unspent, WindowStarts } from "./refill.js";
import { windowEnds } from "./window-ends.js";

/** No rest is as low. */
const never = -1;

/**
 * What this instance was granted of a key in one minute and one day, and has not spent yet: the same amount in both windows.
 *
 * It ends with its minute: at an instant before the database told its time, plus what that said was left of the window, and so errs
 * towards earlier. One of a minute that comes begins at an instant after the database told its time, plus what was left until then, and
 * so errs towards later. Both clocks have to agree, since a machine that sleeps may stop the monotonic one.
 */
export class Share {
  readonly starts: WindowStarts;
  /** When its windows end. */
  readonly resetAt: Readonly<Record<LimitWindow, Date>>;
  readonly #begins: Instant;
  // Not an object of its own: where thousands of keys take turns, a call waits for each that it has to fetch.
  #endsMonotonic = 0;
  #endsWall = 0;
  #isBegun = false;
  #rest: number;
  /** From which rest on it is time to ask for more. */
  #lowMark = never;

  constructor({ granted, starts, now }: Refill, { askedAt, answeredAt }: RefillTimes) {
    const aheadMs = Math.max(0, starts.minute - now);
    this.starts = starts;
    this.resetAt = windowEnds(starts);
    this.#begins = { monotonic: answeredAt.monotonic + aheadMs, wall: answeredAt.wall + aheadMs };
    this.#endWithMinute(starts, now, askedAt);
    this.#rest = granted;
  }

  get rest(): number {
    return this.#rest;
  }

  get isLow(): boolean {
    return this.#rest <= this.#lowMark;
  }

  /** Whether it may be spent from. */
  isLive(now: Instant): boolean {
    return !this.hasEnded(now) && this.#hasBegun(now);
  }

  hasEnded(now: Instant): boolean {
    return !(now.monotonic < this.#endsMonotonic && now.wall < this.#endsWall);
  }

  /** Until it ends, in milliseconds, if nothing sleeps. */
  leftMs(now: Instant): number {
    return Math.min(this.#endsMonotonic - now.monotonic, this.#endsWall - now.wall);
  }

  isOf({ minute, day }: WindowStarts): boolean {
    return this.starts.minute === minute && this.starts.day === day;
  }

  /** Adds what was granted of its windows, and ends when that tells: the clocks may have been set since. */
  add({ granted, starts, now }: Refill, { askedAt }: RefillTimes): void {
    this.#rest += granted;
    this.#endWithMinute(starts, now, askedAt);
  }

  /** Takes back what `take` took. */
  put(cost: number): void {
    this.#rest += cost;
  }

  take(cost: number): void {
    this.#rest -= cost;
  }

  /** More is to be asked for once half of it is spent. */
  expectMore(): void {
    this.#lowMark = Math.floor(this.#rest / 2);
  }

  expectNoMore(): void {
    this.#lowMark = never;
  }

  /** What the database says is now, or was, has begun, whatever the clocks here say. */
  begin(): void {
    this.#isBegun = true;
  }

  /** Ends at the instant at which a minute ends, or somewhat before. */
  #endWithMinute({ minute }: WindowStarts, now: number, askedAt: Instant): void {
    const leftMs = minute + windowMs.minute - now;
    this.#endsMonotonic = askedAt.monotonic + leftMs;
    this.#endsWall = askedAt.wall + leftMs;
  }

  #hasBegun(now: Instant): boolean {
    this.#isBegun ||= now.monotonic >= this.#begins.monotonic && now.wall >= this.#begins.wall;
    return this.#isBegun;
  }

  /** Takes all that is left out of it. @returns undefined when nothing is */
  drain(): Unspent | undefined {
    const amount = this.#rest;
    this.#rest = 0;
    return amount > 0 ? { amount, starts: this.starts } : undefined;
  }
}
