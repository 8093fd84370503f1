import type { Instant } from "../../platform/clock.js";
import type { RefillTimes } from "./refill.js";

/** The database tells the time in milliseconds, without their fractions. */
const precisionMs = 1;
/** For how long an answer helps with later ones, in milliseconds, at least; for less than twice that: clocks drift and are set. */
const spanMs = 2_000;

/** How far the database's clock is ahead of one here, in milliseconds: between these. */
interface Ahead {
  readonly least: number;
  readonly most: number;
}

type AheadOfBoth = Readonly<Record<keyof Instant, Ahead>>;

/**
 * Tells more closely than one answer does when it was, by the clocks here, that the database's clock showed what the answer says.
 *
 * An answer alone tells that it was after the asking and before the answer, which is long where either side is busy. How far the
 * clocks are apart is the same for all answers of some seconds, and the quickest of them tell it best.
 */
export class DatabaseClock {
  #spanBegan = Number.NEGATIVE_INFINITY;
  #inSpan: AheadOfBoth | undefined;
  #inSpanBefore: AheadOfBoth | undefined;

  /**
   * @param now by the database's clock, in milliseconds since the epoch
   * @param times before and after it showed that
   * @returns two instants at least as close to it, or the same where a clock was set
   */
  narrow(now: number, times: RefillTimes): RefillTimes {
    this.#moveTo(times.answeredAt.monotonic);
    const told = { monotonic: aheadOf("monotonic", now, times), wall: aheadOf("wall", now, times) };
    const ofSpan = bothOf(told, this.#inSpan);
    const ahead = ofSpan && bothOf(ofSpan, this.#inSpanBefore);
    if (ahead === undefined) {
      this.#inSpan = told;
      this.#inSpanBefore = undefined;
      return times;
    }
    this.#inSpan = ofSpan;
    const { monotonic, wall } = ahead;
    return {
      askedAt: { monotonic: now - monotonic.most, wall: now - wall.most },
      answeredAt: { monotonic: now - monotonic.least, wall: now - wall.least },
    };
  }

  #moveTo(now: number): void {
    const sinceMs = now - this.#spanBegan;
    if (sinceMs >= spanMs) {
      this.#inSpanBefore = sinceMs < 2 * spanMs ? this.#inSpan : undefined;
      this.#inSpan = undefined;
      this.#spanBegan = now;
    }
  }
}

function aheadOf(clock: keyof Instant, now: number, { askedAt, answeredAt }: RefillTimes): Ahead {
  return { least: now - answeredAt[clock], most: now + precisionMs - askedAt[clock] };
}

/** What both say. @returns undefined: not both can be right */
function bothOf(a: AheadOfBoth, b: AheadOfBoth | undefined): AheadOfBoth | undefined {
  if (b === undefined) {
    return a;
  }
  const monotonic = within(a.monotonic, b.monotonic);
  const wall = within(a.wall, b.wall);
  return monotonic.least <= monotonic.most && wall.least <= wall.most ? { monotonic, wall } : undefined;
}

function within(a: Ahead, b: Ahead): Ahead {
  return { least: Math.max(a.least, b.least), most: Math.min(a.most, b.most) };
}
