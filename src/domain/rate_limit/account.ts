import type { Clocks, Instant } from "../../platform/clock.js";
import { Demand } from "./demand.js";
import {
  type Admission,
  admission,
  type LimitedKey,
  refusal,
  type Spent,
  type WindowLimit,
  windowLimits,
} from "./model.js";
import type { Refill, RefillAsk, Unspent } from "./refill.js";
import { Share } from "./share.js";

/** A call that the share here does not hold enough for. */
export interface WaitingCall {
  readonly cost: number;
  /** Whether only the database's answer will do. */
  readonly fresh: boolean;
  answer(admission: Admission): void;
  fail(error: unknown): void;
}

/** How long a share may lie unused, in milliseconds, before it is returned. */
const idleMs = 250;

/** Never: no amount is as low. */
const never = -1;

/**
 * One key's share at this instance, and the calls that wait for more of it. They are served in their order, all that wait
 * by one refill. It is bound to the limits that it was opened under: under others it is closed, and another one is opened.
 */
export class Account {
  readonly key: LimitedKey;
  readonly #limits: readonly WindowLimit[];
  readonly #clocks: Clocks;
  readonly #giveBack: (unspent: Unspent) => void;
  readonly #demand = new Demand();
  readonly #waiting: WaitingCall[] = [];
  #share: Share | undefined;
  /** So many of those that wait, the first ones, were counted in the refill that is under way; undefined: none is. */
  #asked: number | undefined;
  /** What the database had left after the last refill, if calls still wait. */
  #left: number | undefined;
  /** From which rest on more is asked for, before any call has to wait. */
  #lowMark = never;
  #usedAt: number;
  #closed = false;

  /** @param giveBack is given what will not be spent here */
  constructor(key: LimitedKey, clocks: Clocks, giveBack: (unspent: Unspent) => void) {
    this.key = key;
    this.#limits = windowLimits(key.rateLimits);
    this.#clocks = clocks;
    this.#giveBack = giveBack;
    this.#usedAt = clocks.monotonic();
  }

  /** Whether a refill is under way. */
  get isAsking(): boolean {
    return this.#asked !== undefined;
  }

  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether it is time to ask for more, before any call has to wait. */
  get isLow(): boolean {
    return !this.isAsking && this.#share !== undefined && this.#share.rest <= this.#lowMark;
  }

  get isIdle(): boolean {
    return !this.isAsking && !this.isAwaited && this.#clocks.monotonic() - this.#usedAt >= idleMs;
  }

  /** Whether it was opened under the limits that a key has. */
  isUnder({ perMinute, perDay }: LimitedKey["rateLimits"]): boolean {
    const { rateLimits } = this.key;
    return rateLimits.perMinute === perMinute && rateLimits.perDay === perDay;
  }

  /**
   * Spends from the share, but for its last: all that an answer from here can say is left is the share, and nothing would be
   * as good as exhausted to whoever reads it, which only the database can tell.
   *
   * @returns undefined when it does not hold enough, or others wait already
   */
  spendNow(cost: number): Admission | undefined {
    const share = this.#share;
    if (share === undefined || this.isAwaited || share.rest <= cost || !share.isLive(this.#clocks)) {
      return undefined;
    }
    this.#spend(share, cost);
    return this.#standing(share);
  }

  /** Takes back what `spendNow` has spent in the same turn. */
  unspend(cost: number): void {
    this.#share?.add(cost);
  }

  wait(call: WaitingCall): void {
    this.#waiting.push(call);
  }

  /** Lets a call wait no longer. */
  leave(call: WaitingCall): void {
    const at = this.#waiting.indexOf(call);
    if (at !== -1) {
      this.#waiting.splice(at, 1);
      if (this.#asked !== undefined && at < this.#asked) {
        this.#asked -= 1;
      }
    }
  }

  /** What to ask of the database now; then `refilled` or `failed` must follow, and no other ask before. */
  ask(): Omit<RefillAsk, "returned"> {
    if (this.#share?.isLive(this.#clocks) === false) {
      this.#drain();
    }
    this.#asked = this.#countedNext();
    const { projectId, apiKeyId, rateLimits } = this.key;
    const costs = this.#waiting
      .slice(0, this.#asked)
      .map(({ cost }) => cost)
      .filter((cost) => this.#canSpend(cost));
    const [first = 0] = costs;
    const runEnd = costs.findIndex((cost) => cost !== first);
    const waiting = sum(costs);
    const held = this.#share?.rest ?? 0;
    const wanted = this.#closed ? 0 : this.#demand.lately(this.#clocks.monotonic());
    return {
      projectId,
      apiKeyId,
      perMinute: rateLimits.perMinute,
      perDay: rateLimits.perDay,
      awaited: this.isAwaited,
      waiting,
      unit: Math.max(1, first),
      run: runEnd === -1 ? waiting : runEnd * first,
      held,
      surplus: Math.max(0, wanted - Math.max(0, held - waiting)),
    };
  }

  /**
   * Serves those who wait from what was granted.
   *
   * @param refill undefined: the database knows nothing of the key, and no call asked it to
   * @param askedAt when the database was asked
   */
  refilled(refill: Refill | undefined, askedAt: Instant): void {
    const asked = this.#asked ?? 0;
    this.#asked = undefined;
    this.#lowMark = never;
    if (refill !== undefined) {
      const share = this.#shareFor(refill, askedAt);
      const held = share.rest;
      share.add(refill.granted);
      const served = this.#serve(asked, share, refill);
      this.#serveMore(share);
      this.#left = this.isAwaited ? this.#leftOf(refill) : undefined;
      if (refill.granted > Math.max(0, served - held)) {
        this.#lowMark = Math.floor(share.rest / 2);
      }
    }
    this.#closeIfDone();
  }

  /** Serves from what is left those who were waiting for a refill that did not come, and fails the others. */
  failed(error: unknown): void {
    const asked = this.#asked ?? 0;
    this.#asked = undefined;
    this.#lowMark = never;
    for (const call of this.#waiting.splice(0, asked)) {
      const share = this.#share;
      if (share !== undefined && this.#holdsEnough(share, call)) {
        this.#spend(share, call.cost);
        call.answer(this.#standing(share));
      } else {
        call.fail(error);
      }
    }
    this.#closeIfDone();
  }

  /** Gives back what is left as soon as nobody waits: no later call may spend from it. */
  close(): void {
    this.#closed = true;
    this.#closeIfDone();
  }

  /**
   * How many of those that wait to ask for. As many as fit what was left at last, so that they are granted in one go, which
   * otherwise only calls of one cost are; all of them when that is not known, or not even the first fits.
   */
  #countedNext(): number {
    if (this.#left === undefined) {
      return this.#waiting.length;
    }
    let room = (this.#share?.rest ?? 0) + this.#left;
    const over = this.#waiting.findIndex(({ cost }) => {
      room -= this.#canSpend(cost) ? cost : 0;
      return room < 0;
    });
    return over > 0 ? over : this.#waiting.length;
  }

  /** Others are answered without spending. */
  #canSpend(cost: number): boolean {
    return cost > 0 && this.#limits.every(({ limit }) => cost <= limit);
  }

  #leftOf(refill: Refill): number {
    return Math.min(...this.#limits.map(({ window, limit }) => limit - refill[window]));
  }

  #closeIfDone(): void {
    if (this.#closed && !this.isAsking && !this.isAwaited) {
      this.#drain();
    }
  }

  #drain(): void {
    const unspent = this.#share?.drain();
    this.#share = undefined;
    if (unspent !== undefined) {
      this.#giveBack(unspent);
    }
  }

  #shareFor(refill: Refill, askedAt: Instant): Share {
    if (this.#share === undefined || !this.#share.isOf(refill.starts) || !this.#share.isLive(this.#clocks)) {
      this.#drain();
      this.#share = new Share(refill, askedAt);
    }
    return this.#share;
  }

  /**
   * Decides on those who were counted in the refill, in their order. One that would fit what the database has left, and not
   * what was granted, stays, and so do those behind it.
   *
   * @returns what was spent
   */
  #serve(asked: number, share: Share, refill: Refill): number {
    const left = this.#leftOf(refill);
    let served = 0;
    for (let i = 0; i < asked; i++) {
      const [call] = this.#waiting;
      if (call === undefined || (call.cost > share.rest && call.cost <= share.rest + left)) {
        break;
      }
      this.#waiting.shift();
      if (call.cost <= share.rest) {
        this.#spend(share, call.cost);
        served += call.cost;
        call.answer(admission(this.#limits, spentOf(refill, share.rest)));
      } else {
        call.answer(refusal(this.#limits, spentOf(refill, share.rest), call.cost));
      }
    }
    return served;
  }

  /** Serves those who came meanwhile from what is left. */
  #serveMore(share: Share): void {
    for (;;) {
      const [call] = this.#waiting;
      if (call === undefined || !this.#holdsEnough(share, call)) {
        return;
      }
      this.#waiting.shift();
      this.#spend(share, call.cost);
      call.answer(this.#standing(share));
    }
  }

  #holdsEnough(share: Share, { cost, fresh }: WaitingCall): boolean {
    return !fresh && cost <= share.rest && share.isLive(this.#clocks);
  }

  #spend(share: Share, cost: number): void {
    const now = this.#clocks.monotonic();
    this.#usedAt = now;
    this.#demand.note(cost, now);
    share.take(cost);
  }

  /** What others have taken since the last refill is not known here: all that is sure to be left is the share. */
  #standing({ rest, resetAt }: Share): Admission {
    const limits = this.#limits.map(({ window, limit }) => ({
      window,
      limit,
      remaining: rest,
      resetAt: resetAt[window],
    }));
    return { admitted: true, limits, retryAfterMs: undefined };
  }
}

/** What is granted and not held here counts as spent. */
function spentOf({ minute, day, now }: Refill, held: number): Spent {
  return { minute: minute - held, day: day - held, now: new Date(now) };
}

function sum(costs: readonly number[]): number {
  return costs.reduce((total, cost) => total + cost, 0);
}
