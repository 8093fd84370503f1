import { DatabaseClock } from "../../../src/domain/rate_limit/database-clock.js";
import type { LimitDecision } from "../../../src/domain/rate_limit/limit-decision.js";
import { LocalQuota } from "../../../src/domain/rate_limit/local-quota.js";
import { type LimitWindow, windowLimits, windowMs } from "../../../src/domain/rate_limit/model.js";
import type { Refill, RefillAsk, Unspent } from "../../../src/domain/rate_limit/refill.js";
import type { WaitingCall } from "../../../src/domain/rate_limit/waiting-calls.js";
import { type Instant, readClocks } from "../../../src/platform/clock.js";
import { askOf } from "../../rules/rate_limit/asks.js";

interface Limits {
  readonly perMinute: number | undefined;
  readonly perDay: number | undefined;
}

/** The database's side: it may lend any part of what is left, however much or little was asked for. */
export class ModelDatabase {
  readonly #granted: Record<LimitWindow, Map<number, number>> = { minute: new Map(), day: new Map() };

  /** @param part how much of what is left is lent, from 0 to 1 */
  refill(ask: RefillAsk, now: number, part: number): Refill {
    const starts = { minute: startOf("minute", now), day: startOf("day", now) };
    const { returned } = ask;
    if (returned !== undefined && returned.starts.minute >= starts.minute) {
      this.#add("minute", returned.starts.minute, -returned.amount);
    }
    if (returned?.starts.day === starts.day) {
      this.#add("day", starts.day, -returned.amount);
    }
    if (ask.ahead !== undefined) {
      return this.#refillAhead(ask, ask.ahead, now, part);
    }
    const taken = { minute: this.grantedIn("minute", starts.minute), day: this.grantedIn("day", starts.day) };
    const left = Math.min(...windowLimits(ask).map(({ window, limit }) => limit - taken[window]));
    const needed = Math.max(0, ask.waiting - ask.held);
    const granted = Math.max(
      0,
      needed <= left
        ? needed + Math.floor(part * (left - needed))
        : Math.floor(Math.min(ask.run, left + ask.held) / ask.unit) * ask.unit - ask.held,
    );
    this.#add("minute", starts.minute, granted);
    this.#add("day", starts.day, granted);
    return { granted, minute: taken.minute + granted, day: taken.day + granted, starts, now };
  }

  #refillAhead(ask: RefillAsk, minute: number, now: number, part: number): Refill {
    const starts = { minute, day: startOf("day", now) };
    const taken = { minute: this.grantedIn("minute", minute), day: this.grantedIn("day", starts.day) };
    const left = Math.min(...windowLimits(ask).map(({ window, limit }) => limit - taken[window]));
    const isNext = minute === startOf("minute", now) + windowMs.minute && startOf("day", minute) === starts.day;
    const granted = isNext ? Math.max(0, Math.floor(part * left)) : 0;
    this.#add("minute", minute, granted);
    this.#add("day", starts.day, granted);
    return { granted, minute: taken.minute + granted, day: taken.day + granted, starts, now };
  }

  grantedIn(window: LimitWindow, start: number): number {
    return this.#granted[window].get(start) ?? 0;
  }

  #add(window: LimitWindow, start: number, amount: number): void {
    this.#granted[window].set(start, this.grantedIn(window, start) + amount);
  }
}

export function startOf(window: LimitWindow, now: number): number {
  return Math.floor(now / windowMs[window]) * windowMs[window];
}

/** The clocks of all instances and of the database. */
export class ModelClock {
  now: number;
  #monotonic = 1_000;

  constructor(now: number) {
    this.now = now;
  }

  /** @param asleepMs the monotonic clock stands still for so long besides */
  pass(ms: number, asleepMs: number): void {
    this.now += ms + asleepMs;
    this.#monotonic += ms;
  }

  monotonic = (): number => this.#monotonic;
  wall = (): number => this.now;
}

interface Flight {
  readonly ask: RefillAsk;
  readonly askedAt: Instant;
  refill: Refill | undefined;
}

/** A local quota, open or closed, with its refill on the way. */
export class ModelQuota {
  readonly #quota: LocalQuota;
  readonly #clock: ModelClock;
  readonly #database: ModelDatabase;
  readonly #limits: Limits;
  readonly #returns: Unspent[] = [];
  readonly #databaseClock = new DatabaseClock();
  #flight: Flight | undefined;

  constructor(limits: Limits, clock: ModelClock, database: ModelDatabase) {
    this.#clock = clock;
    this.#database = database;
    this.#limits = limits;
    const key = { projectId: 1n, apiKeyId: 1n, tier: "", rateLimits: limits };
    this.#quota = new LocalQuota(key, clock, (unspent) => this.#returns.push(unspent));
  }

  get isAwaited(): boolean {
    return this.#quota.isAwaited;
  }

  spendNow(cost: number): LimitDecision | undefined {
    return this.#quota.spendNow(cost);
  }

  wait(call: WaitingCall): void {
    this.#quota.wait(call);
  }

  close(): void {
    this.#quota.close();
  }

  /** Sends a refill out, unless one is under way. */
  ask(): void {
    this.#flight ??= {
      ask: { ...this.#quota.startRefill(), returned: this.#returns.shift() },
      askedAt: readClocks(this.#clock),
      refill: undefined,
    };
  }

  /** The database carries it out. */
  grant(part: number): void {
    if (this.#flight !== undefined) {
      this.#flight.refill ??= this.#database.refill(this.#flight.ask, this.#clock.now, part);
    }
  }

  /** Its answer comes. */
  hear(): void {
    if (this.#flight?.refill !== undefined) {
      const { refill, askedAt } = this.#flight;
      this.#flight = undefined;
      const times = { askedAt, answeredAt: readClocks(this.#clock) };
      this.#quota.refilled(refill, this.#databaseClock.narrow(refill.now, times));
    }
  }

  /** Its answer never comes, whether or not the database has carried it out. @returns whether one was under way */
  lose(): boolean {
    const wasUnderWay = this.#flight !== undefined;
    if (wasUnderWay) {
      this.#flight = undefined;
      this.#quota.refillFailed(new Error("the database is away"));
    }
    return wasUnderWay;
  }

  /** Answers everybody, closes, and returns what is left. */
  settle(): void {
    while (this.#flight !== undefined || this.#quota.isAwaited) {
      this.ask();
      this.grant(0);
      this.hear();
    }
    this.#quota.close();
    for (const returned of this.#returns.splice(0)) {
      this.#database.refill(askOf({ ...this.#limits, awaited: false, returned }), this.#clock.now, 0);
    }
  }
}
