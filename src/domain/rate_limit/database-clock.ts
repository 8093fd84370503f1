import type { Instant } from "../../platform/clock.js";
import type { RefillTimes } from "./refill.js";

/** The database tells the time in milliseconds, without their fractions. */
const precisionMs = 1;
/** An answer helps with later ones for as long as this, in milliseconds, and for less than twice that: clocks drift and are set. */
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
 * clocks are apart hardly changes in some seconds, and the quickest answers tell it best. A clock that is set contradicts the first
 * answer that took less than it was set by; until then, or for two spans at most, times are off by that.
 */
export class DatabaseClock {
  /** Counted from the clock's zero. */
  #span = 0;
  #inSpan: AheadOfBoth | undefined;
  #inSpanBefore: AheadOfBoth | undefined;

  /**
   * @param now by the database's clock, in milliseconds since the epoch
   * @param times before and after it showed that
   * @returns two instants before and after it, as close as is known, and at most a millisecond further than those
   */
  narrow(now: number, times: RefillTimes): RefillTimes {
    this.#moveTo(times.answeredAt.monotonic);
    const told = { monotonic: aheadOf("monotonic", now, times), wall: aheadOf("wall", now, times) };
    const ofSpan = bothOf(told, this.#inSpan);
    const known = ofSpan && bothOf(ofSpan, this.#inSpanBefore);
    this.#inSpan = known === undefined ? told : ofSpan;
    if (known === undefined) {
      this.#inSpanBefore = undefined;
    }
    const { monotonic, wall } = known ?? told;
    return {
      askedAt: { monotonic: now - monotonic.most, wall: now - wall.most },
      answeredAt: { monotonic: now - monotonic.least, wall: now - wall.least },
    };
  }

  #moveTo(now: number): void {
    const span = Math.floor(now / spanMs);
    if (span !== this.#span) {
      this.#inSpanBefore = span === this.#span + 1 ? this.#inSpan : undefined;
      this.#inSpan = undefined;
      this.#span = span;
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
