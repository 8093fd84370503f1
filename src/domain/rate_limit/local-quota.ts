import type { Clocks } from "../../platform/clock.js";
import { Holding } from "./holding.js";
import { canSpend, type LimitDecision } from "./limit-decision.js";
import { type LimitedKey, type WindowLimit, windowLimits } from "./model.js";
import {
  type AheadNeed,
  aheadNeed,
  type Refill,
  type RefillNeed,
  type RefillTimes,
  refillNeed,
  type Unspent,
} from "./refill.js";
import { type WaitingCall, WaitingCalls } from "./waiting-calls.js";

/**
 * Whether calls may come.
 *
 *     open ── close ──▶ closing ── no call waits, and no refill is under way ──▶ closed
 *
 * - open: calls spend from the share, or wait for a refill.
 * - closing: no call may come. Those that wait are still served, by refills that ask for no surplus.
 * - closed: what was left of the share has been given back. A refill that the queue had planned still runs, and asks for nothing.
 */
type LifeState = "open" | "closing" | "closed";

/**
 * Whether the database is being asked, in each of those: for now, or for the minute that comes.
 *
 *     resting ── startRefill ──▶ refilling, refilling ahead ── refilled, refillFailed ──▶ resting
 */
type RefillState = "resting" | "refilling" | "refilling ahead";

/** The shares of a minute that comes are asked for as long before it, in milliseconds; each key at another instant of these. */
const leastAheadMs = 1_000;
const aheadSpreadMs = 2_000;
export const mostAheadMs = leastAheadMs + aheadSpreadMs;

/** How long a share may lie unused, in milliseconds, before it is returned. */
const idleMs = 250;

/** Shared by all quotas that nobody waits for. */
const nobody = new WaitingCalls();

/**
 * One key's quota at one instance: the share that it holds, and the calls that wait for more. They are served in their order,
 * all that wait by one refill. It is bound to the limits that it was opened under: under others it is closed, and another one
 * is opened.
 *
 * It knows neither promises nor the database, so that a test can run it against a model in any order of events.
 */
export class LocalQuota {
  readonly key: LimitedKey;
  readonly #limits: readonly WindowLimit[];
  readonly #holding: Holding;
  #waiting = nobody;
  #life: LifeState = "open";
  #refill: RefillState = "resting";
  /** What the database had left after the last refill, if calls still wait. */
  #left: number | undefined;

  /** @param giveBack is given what will not be spent here */
  constructor(key: LimitedKey, clocks: Clocks, giveBack: (unspent: Unspent) => void) {
    this.key = key;
    this.#limits = windowLimits(key.rateLimits);
    const aheadMs = leastAheadMs + Number(key.apiKeyId % BigInt(aheadSpreadMs));
    this.#holding = new Holding({ limits: this.#limits, clocks, giveBack, aheadMs });
  }

  get isRefilling(): boolean {
    return this.#refill !== "resting";
  }

  get isAwaited(): boolean {
    return !this.#waiting.isEmpty;
  }

  /** Whether it is time to ask for more, before any call has to wait. */
  get isLow(): boolean {
    return !this.isRefilling && this.#holding.isLow;
  }

  /** Whether it is time to ask for a share of the minute that comes. */
  get isDueAhead(): boolean {
    return this.#aheadNeed !== undefined;
  }

  get isIdle(): boolean {
    return !this.isRefilling && !this.isAwaited && this.#holding.unusedMs >= idleMs && !this.#holding.mayLie;
  }

  /** Whether what is here is no matter until it is asked for again, or its minute ends. */
  get isDormant(): boolean {
    return !this.isRefilling && !this.isAwaited && !this.#holding.isExpected && this.#holding.mayLie;
  }

  /** Whether it was opened under the limits that a key has. */
  isUnder({ perMinute, perDay }: LimitedKey["rateLimits"]): boolean {
    const { rateLimits } = this.key;
    return rateLimits.perMinute === perMinute && rateLimits.perDay === perDay;
  }

  /** Spends from the share. @returns undefined when it does not hold more than that, or others wait already */
  spendNow(cost: number): LimitDecision | undefined {
    return this.isAwaited ? undefined : this.#holding.spendButLast(cost);
  }

  /** Takes back what `spendNow` has spent in the same turn. */
  unspend(cost: number): void {
    this.#holding.unspend(cost);
  }

  wait(call: WaitingCall): void {
    if (this.#waiting === nobody) {
      this.#waiting = new WaitingCalls();
    }
    this.#waiting.add(call);
  }

  /** Lets a call wait no longer. */
  leave(call: WaitingCall): void {
    this.#waiting.remove(call);
  }

  /** What to ask of the database now. `refilled` or `refillFailed` must follow before the next. */
  startRefill(): RefillNeed {
    const ahead = this.#aheadNeed;
    if (ahead !== undefined) {
      this.#refill = "refilling ahead";
      this.#holding.askedAhead(ahead);
      return aheadNeed(this.key, ahead);
    }
    this.#refill = "refilling";
    this.#holding.giveBackEnded();
    const held = this.#holding.rest;
    const wanted = this.#holding.want();
    const room = this.#left === undefined ? undefined : held + this.#left;
    return refillNeed(this.key, {
      awaited: this.isAwaited,
      costs: this.#waiting.count(room, (cost) => (canSpend(this.#limits, cost) ? cost : 0)),
      held,
      wanted: this.#life === "open" ? wanted : 0,
    });
  }

  /**
   * Serves those who wait from what was granted, then those who came meanwhile from what is left of it, but for its last.
   *
   * @param refill undefined: the database knows nothing of the key, and no call asked it to
   */
  refilled(refill: Refill | undefined, times: RefillTimes): void {
    if (this.#refill === "refilling ahead") {
      this.#refilledAhead(refill, times);
      return;
    }
    this.#refill = "resting";
    this.#holding.expectNoMore();
    if (refill !== undefined) {
      const share = this.#holding.add(refill, times);
      this.#waiting.answerCounted((call) => this.#holding.decide(call, share, refill));
      const hasSurplus = refill.granted > 0 && share.rest > 0;
      this.#waiting.answerFirst(({ cost, fresh }) => (fresh ? undefined : this.#holding.spendButLast(cost)));
      this.#left = this.isAwaited ? this.#holding.leftOf(refill) : undefined;
      if (hasSurplus) {
        share.expectMore();
      }
    }
    this.#closeIfDone();
  }

  /** Serves from what is left those who were counted in a refill that did not come, and fails the others. */
  refillFailed(error: unknown): void {
    this.#refill = "resting";
    this.#holding.expectNoMore();
    this.#waiting.failCounted(error, (call) => this.#holding.spendOn(call));
    this.#closeIfDone();
  }

  /** Gives back what is left as soon as nobody waits: no later call may spend from it. */
  close(): void {
    this.#life = "closing";
    this.#closeIfDone();
  }

  /** Nobody waits now, unless just now. */
  get #aheadNeed(): AheadNeed | undefined {
    return this.#life === "open" && !this.isRefilling && !this.isAwaited && !this.#holding.isLow
      ? this.#holding.ahead
      : undefined;
  }

  #refilledAhead(refill: Refill | undefined, times: RefillTimes): void {
    this.#refill = "resting";
    if (refill !== undefined && refill.granted > 0) {
      this.#holding.addAhead(refill, times);
    }
    this.#waiting.answerFirst(({ cost, fresh }) => (fresh ? undefined : this.#holding.spendButLast(cost)));
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (!this.isAwaited) {
      this.#waiting = nobody;
    }
    if (this.#life !== "open" && !this.isRefilling && !this.isAwaited) {
      this.#life = "closed";
      this.#holding.giveBack();
    }
  }
}
