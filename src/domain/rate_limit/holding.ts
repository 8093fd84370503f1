import { type Clocks, type Instant, readClocks } from "../../platform/clock.js";
import { Demand } from "./demand.js";
import { admittedAfter, admittedHolding, denied, type LimitDecision, type Spent } from "./limit-decision.js";
import type { WindowLimit } from "./model.js";
import type { AheadNeed, Refill, RefillTimes, Unspent } from "./refill.js";
import { Share } from "./share.js";
import type { WaitingCall } from "./waiting-calls.js";

/** A key that was not used for as long as this, in milliseconds, is not expected in the minute that comes. */
const expectedMs = 1_000;

export interface HoldingOptions {
  readonly limits: readonly WindowLimit[];
  readonly clocks: Clocks;
  /** Is given what will not be spent here. */
  readonly giveBack: (unspent: Unspent) => void;
  /** How long before its minute ends the next one's share is asked for, in milliseconds. */
  readonly aheadMs: number;
}

/** What one instance holds of a key, a share or nothing, and spends on its calls; towards a minute's end, one of the next too. */
export class Holding {
  readonly #limits: readonly WindowLimit[];
  readonly #clocks: Clocks;
  readonly #giveBack: (unspent: Unspent) => void;
  readonly #aheadMs: number;
  readonly #demand: Demand;
  /** What the database had left after the last refill. */
  #left: number;
  #share: Share | undefined;
  /** Of the minute that comes. */
  #next: Share | undefined;
  /** The last minute that a share was asked of before it came. */
  #askedAhead: number | undefined;

  constructor({ limits, clocks, giveBack, aheadMs }: HoldingOptions) {
    this.#limits = limits;
    this.#clocks = clocks;
    this.#giveBack = giveBack;
    this.#aheadMs = aheadMs;
    this.#demand = new Demand(limits, clocks.monotonic());
    this.#left = limitOf(limits);
  }

  get rest(): number {
    return this.#share?.rest ?? 0;
  }

  /** Whether it is time to ask for more, before any call has to wait. */
  get isLow(): boolean {
    return this.#share?.isLow === true;
  }

  /** How long ago anything was spent, in milliseconds. */
  get unusedMs(): number {
    return this.#clocks.monotonic() - this.#demand.usedAt;
  }

  /** Whether it was used so lately that it is expected to be used in the minute that comes. */
  get isExpected(): boolean {
    return this.unusedMs <= expectedMs;
  }

  /** Whether what is here may lie unused until its minute ends. */
  get mayLie(): boolean {
    const now = readClocks(this.#clocks);
    const most = Math.max(restAt(this.#share, now), restAt(this.#next, now));
    return most > 0 && most <= this.#demand.idle;
  }

  /**
   * What is to be asked for of the minute that comes, once, while it is expected that calls go on: undefined for a small limit,
   * which is held nowhere before it is called for, and at the end of a day.
   */
  get ahead(): AheadNeed | undefined {
    const share = this.#share;
    if (share === undefined || this.#demand.idle === 0 || !this.isExpected) {
      return undefined;
    }
    const now = readClocks(this.#clocks);
    if (share.hasEnded(now) || share.leftMs(now) > this.#aheadMs) {
      return undefined;
    }
    const minute = share.resetAt.minute.getTime();
    return minute === this.#askedAhead || minute === share.resetAt.day.getTime()
      ? undefined
      : { minute, wanted: this.#demand.ahead(now.monotonic, limitOf(this.#limits)) };
  }

  askedAhead({ minute }: AheadNeed): void {
    this.#askedAhead = minute;
  }

  /** A refill is asked for. @returns how much is wanted here once those who wait are served */
  want(): number {
    return this.#demand.ask(this.#clocks.monotonic(), this.#left);
  }

  /**
   * Spends from the share, but for its last: all that an answer from here can say is left is the share, and nothing would be
   * as good as exhausted to whoever reads it, which only the database can tell.
   *
   * @returns undefined when it does not hold enough
   */
  spendButLast(cost: number): LimitDecision | undefined {
    const now = readClocks(this.#clocks);
    const share = this.#shareOf(now);
    return share !== undefined && cost < share.rest ? this.#spendKnown(share, cost, now.monotonic) : undefined;
  }

  /** Takes back what `spendButLast` has spent in the same turn. */
  unspend(cost: number): void {
    this.#share?.put(cost);
  }

  /**
   * Spends on a call that waited for a database that did not answer, down to the last.
   *
   * @returns undefined when it does not hold enough, or only the database may tell
   */
  spendOn({ cost, fresh }: WaitingCall): LimitDecision | undefined {
    const now = readClocks(this.#clocks);
    const share = this.#shareOf(now);
    return share !== undefined && !fresh && cost <= share.rest
      ? this.#spendKnown(share, cost, now.monotonic)
      : undefined;
  }

  /** Adds what was granted to the share, or replaces a share that has ended by it. */
  add(refill: Refill, times: RefillTimes): Share {
    if (this.#next?.isOf(refill.starts) === true) {
      this.#next.begin();
      this.#turnTo(this.#next);
    }
    const isOfNow = this.#share?.isOf(refill.starts) === true && this.#share.isLive(readClocks(this.#clocks));
    if (this.#share === undefined || !isOfNow) {
      this.#drain(this.#share);
      this.#share = new Share(refill, times);
    } else {
      this.#share.add(refill, times);
    }
    this.#left = this.leftOf(refill);
    return this.#share;
  }

  /** Keeps what was granted of the minute that comes until then. */
  addAhead(refill: Refill, times: RefillTimes): void {
    this.#drain(this.#next);
    this.#next = new Share(refill, times);
    this.#next.expectMore();
  }

  /**
   * Decides on a call that was counted in a refill.
   *
   * @param share what `add` has given for the refill
   * @returns undefined when the call would fit what the database has left, and does not fit what was granted
   */
  decide({ cost }: WaitingCall, share: Share, refill: Refill): LimitDecision | undefined {
    if (cost <= share.rest) {
      this.#spend(share, cost, this.#clocks.monotonic());
      return admittedAfter(this.#limits, spentOf(refill, share.rest));
    }
    const isLeft = cost <= share.rest + this.leftOf(refill);
    return isLeft ? undefined : denied(this.#limits, spentOf(refill, share.rest), cost);
  }

  /** What the database had left after a refill. */
  leftOf(refill: Refill): number {
    return Math.min(...this.#limits.map(({ window, limit }) => limit - refill[window]));
  }

  /** No more is to be asked for before a call has to wait. */
  expectNoMore(): void {
    this.#share?.expectNoMore();
  }

  giveBackEnded(): void {
    const now = readClocks(this.#clocks);
    this.#turn(now);
    if (this.#share?.hasEnded(now) === true) {
      this.#drain(this.#share);
      this.#share = undefined;
    }
  }

  giveBack(): void {
    this.#drain(this.#share);
    this.#drain(this.#next);
    this.#share = undefined;
    this.#next = undefined;
  }

  /** What may be spent from. */
  #shareOf(now: Instant): Share | undefined {
    this.#turn(now);
    return this.#share?.isLive(now) === true ? this.#share : undefined;
  }

  /** Goes over to the share of the next minute once that has come. */
  #turn(now: Instant): void {
    const next = this.#next;
    if (next?.isLive(now) === true && this.#share?.isLive(now) !== true) {
      this.#turnTo(next);
    }
  }

  #turnTo(next: Share): void {
    this.#drain(this.#share);
    this.#share = next;
    this.#next = undefined;
  }

  /** Gives back what is left of a share. Of a minute that is over, that counts for the day alone. */
  #drain(share: Share | undefined): void {
    const unspent = share?.drain();
    if (unspent !== undefined && (share?.hasEnded(readClocks(this.#clocks)) === false || this.#isLimitedByDay)) {
      this.#giveBack(unspent);
    }
  }

  get #isLimitedByDay(): boolean {
    return this.#limits.some(({ window }) => window === "day");
  }

  /** @param now by the monotonic clock */
  #spendKnown(share: Share, cost: number, now: number): LimitDecision {
    this.#spend(share, cost, now);
    return admittedHolding(this.#limits, share.rest, share.resetAt);
  }

  #spend(share: Share, cost: number, now: number): void {
    this.#demand.note(cost, now);
    share.take(cost);
  }
}

/** What is left of a share until it ends. */
function restAt(share: Share | undefined, now: Instant): number {
  return share === undefined || share.hasEnded(now) ? 0 : share.rest;
}

/** What may be granted of a window that nothing was granted of yet. */
function limitOf(limits: readonly WindowLimit[]): number {
  return Math.min(...limits.map(({ limit }) => limit));
}

/** What is granted and not held here counts as spent. */
function spentOf({ minute, day, now }: Refill, held: number): Spent {
  return { minute: minute - held, day: day - held, now: new Date(now) };
}
