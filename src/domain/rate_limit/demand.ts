import type { WindowLimit } from "./model.js";

/** For how long what an instance holds is to last, in milliseconds. */
const horizonMs = 200;
/** The same where so much is left that it does not matter who holds it. */
const ampleHorizonMs = 2_000;
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
  /** What may lie here until its minute ends, whether or not it is asked for. */
  readonly idle: number;
  #usedAt: number;
  #askedAt: number;
  #spent = 0;

  /** @param now by a monotonic clock, in milliseconds; so is every other */
  constructor(limits: readonly WindowLimit[], now: number) {
    const harmless = Math.floor(Math.min(...limits.map(({ limit }) => limit)) / harmlessPart);
    this.idle = harmless < leastIdle ? 0 : Math.min(mostIdle, harmless);
    this.#usedAt = now;
    this.#askedAt = now;
  }

  /** When anything was spent last; when this began, if nothing was. */
  get usedAt(): number {
    return this.#usedAt;
  }

  note(cost: number, now: number): void {
    this.#usedAt = now;
    this.#spent += cost;
  }

  /**
   * A refill is asked for. What is wanted follows what was spent since the one before: where that was soon, calls have come as
   * fast as refills let them, and several times as much is wanted; where it was long ago, as much as lasts for a while.
   *
   * @param left what all instances may still be granted, as far as is known
   */
  ask(now: number, left: number): number {
    const elapsedMs = Math.max(1, now - this.#askedAt);
    const lasting = (ms: number) => Math.floor(this.#spent * Math.min(growth, ms / elapsedMs));
    const wanted = Math.max(lasting(horizonMs), Math.min(lasting(ampleHorizonMs), Math.floor(left / harmlessPart)));
    this.#askedAt = now;
    this.#spent = 0;
    return Math.max(this.idle, wanted);
  }
}
