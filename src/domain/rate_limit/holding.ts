import type { Clocks, Instant } from "../../platform/clock.js";
import { Demand } from "./demand.js";
import { admittedAfter, admittedHolding, denied, type LimitDecision, type Spent } from "./limit-decision.js";
import type { WindowLimit } from "./model.js";
import type { Refill, Unspent } from "./refill.js";
import { Share } from "./share.js";
import type { WaitingCall } from "./waiting-calls.js";

export interface HoldingOptions {
  readonly limits: readonly WindowLimit[];
  readonly clocks: Clocks;
  /** Is given what will not be spent here. */
  readonly giveBack: (unspent: Unspent) => void;
}

/** What one instance holds of a key, a share or nothing, and spends on its calls. */
export class Holding {
  readonly #limits: readonly WindowLimit[];
  readonly #clocks: Clocks;
  readonly #giveBack: (unspent: Unspent) => void;
  readonly #demand: Demand;
  /** What the database had left after the last refill. */
  #left: number;
  #share: Share | undefined;

  constructor({ limits, clocks, giveBack }: HoldingOptions) {
    this.#limits = limits;
    this.#clocks = clocks;
    this.#giveBack = giveBack;
    this.#demand = new Demand(limits, clocks.monotonic());
    this.#left = Math.min(...limits.map(({ limit }) => limit));
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

  /** Whether what is here may lie unused until its minute ends. */
  get mayLie(): boolean {
    return this.rest > 0 && this.rest <= this.#demand.idle && this.#share?.isLive(this.#clocks) === true;
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
    const share = this.#share;
    return share !== undefined && cost < share.rest && share.isLive(this.#clocks)
      ? this.#spendKnown(share, cost)
      : undefined;
  }

  /** Takes back what `spendButLast` has spent in the same turn. */
  unspend(cost: number): void {
    this.#share?.add(cost);
  }

  /**
   * Spends on a call that waited for a database that did not answer, down to the last.
   *
   * @returns undefined when it does not hold enough, or only the database may tell
   */
  spendOn({ cost, fresh }: WaitingCall): LimitDecision | undefined {
    const share = this.#share;
    return share !== undefined && !fresh && cost <= share.rest && share.isLive(this.#clocks)
      ? this.#spendKnown(share, cost)
      : undefined;
  }

  /** Adds what was granted to the share, or replaces a share that has ended by it. @param askedAt when the database was asked */
  add(refill: Refill, askedAt: Instant): Share {
    if (this.#share === undefined || !this.#share.isOf(refill.starts) || !this.#share.isLive(this.#clocks)) {
      this.giveBack();
      this.#share = new Share(refill, askedAt);
    }
    this.#share.add(refill.granted);
    this.#left = this.leftOf(refill);
    return this.#share;
  }

  /**
   * Decides on a call that was counted in a refill.
   *
   * @param share what `add` has given for the refill
   * @returns undefined when the call would fit what the database has left, and does not fit what was granted
   */
  decide({ cost }: WaitingCall, share: Share, refill: Refill): LimitDecision | undefined {
    if (cost <= share.rest) {
      this.#spend(share, cost);
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
    if (this.#share?.isLive(this.#clocks) === false) {
      this.giveBack();
    }
  }

  giveBack(): void {
    const share = this.#share;
    this.#share = undefined;
    const unspent = share?.drain();
    // What is left of a minute that is over counts for the day alone.
    if (unspent !== undefined && (share?.isLive(this.#clocks) === true || this.#isLimitedByDay)) {
      this.#giveBack(unspent);
    }
  }

  get #isLimitedByDay(): boolean {
    return this.#limits.some(({ window }) => window === "day");
  }

  #spendKnown(share: Share, cost: number): LimitDecision {
    this.#spend(share, cost);
    return admittedHolding(this.#limits, share.rest, share.resetAt);
  }

  #spend(share: Share, cost: number): void {
    this.#demand.note(cost, this.#clocks.monotonic());
    share.take(cost);
  }
}

/** What is granted and not held here counts as spent. */
function spentOf({ minute, day, now }: Refill, held: number): Spent {
  return { minute: minute - held, day: day - held, now: new Date(now) };
}
