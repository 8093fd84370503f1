import type { WindowLimit } from "./model.js";
import { latelyMs, RecentSpend } from "./recent-spend.js";

/** For how long what an instance holds is to last, in milliseconds. */
const horizonMs = 200;
/** The same where so much is left that it does not matter who holds it. */
const ampleHorizonMs = 10_000;
/** How many times as much as was spent since the last refill is asked for, at most. */
const growth = 4;
/** Of what is left, what may be with an instance that does not need it: even with fifty of them it is a hundredth. */
const harmlessPart = 5_000;
/** More than this is held for calls that come, not for those that may come. */
const mostIdle = 256;
/** Less than this would be asked for anew at almost every call. */
const leastIdle = 4;

/** How much of a key an instance would like to hold. */
export class Demand {
  /** What may lie here until its minute ends, whether or not it is asked for; 0: the limit is too small for that. */
  readonly idle: number;
  readonly #recent: RecentSpend;
  #askedAt: number;
  /** Since the last refill. */
  #spent = 0;

  /** @param now by a monotonic clock, in milliseconds; so is every other */
  constructor(limits: readonly WindowLimit[], now: number) {
    const harmless = Math.floor(Math.min(...limits.map(({ limit }) => limit)) / harmlessPart);
    this.idle = harmless < leastIdle ? 0 : Math.min(mostIdle, harmless);
    this.#recent = new RecentSpend(now);
    this.#askedAt = now;
  }

  /**
   * How much is wanted for the beginning of the next minute: as much as lasts for a while there, from how much was spent lately.
   *
   * @param limit what all instances may be granted there
   */
  ahead(now: number, limit: number): number {
    const lately = this.#recent.lately(now);
    const ample = Math.min((lately * ampleHorizonMs) / latelyMs, limit / harmlessPart);
    return Math.floor(Math.max(this.idle, (lately * horizonMs) / latelyMs, ample));
  }

  /** When anything was spent last; when this began, if nothing was. */
  get usedAt(): number {
    return this.#recent.at;
  }

  note(cost: number, now: number): void {
    this.#recent.note(cost, now);
    this.#spent += cost;
  }

  /**
   * A refill is asked for: as much is wanted as was spent lately. Of a large limit more, by what was spent since the refill before:
   * where that was soon, calls have come as fast as refills let them, and several times as much is wanted; where it was long ago,
   * as much as lasts for a while. A small one is not held in advance, so that whoever reads what is left of it reads all.
   *
   * @param left what all instances may still be granted, as far as is known
   */
  ask(now: number, left: number): number {
    const elapsedMs = Math.max(1, now - this.#askedAt);
    const lately = this.#recent.lately(now);
    const lasting = (ms: number) => Math.floor(this.#spent * Math.min(growth, ms / elapsedMs));
    const ample = Math.min(lasting(ampleHorizonMs), Math.floor(left / harmlessPart));
    const wanted = this.idle === 0 ? lately : Math.max(this.idle, lately, lasting(horizonMs), ample);
    this.#askedAt = now;
    this.#spent = 0;
    return wanted;
  }
}
