import type { Instant } from "../../platform/clock.js";
import type { LimitedKey } from "./model.js";

/** Which minute and which day an amount was granted in: when they start, in milliseconds since the epoch. */
export interface WindowStarts {
  readonly minute: number;
  readonly day: number;
}

/** What was granted and will not be spent. It goes back to those of its windows that are not over. */
export interface Unspent {
  readonly amount: number;
  readonly starts: WindowStarts;
}

/** What an instance needs of the database for one key. All amounts are sums of costs. */
export interface RefillNeed {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  /** Undefined and 0: no limit. */
  readonly perMinute: number | undefined;
  readonly perDay: number | undefined;
  /** Whether calls wait for the answer. */
  readonly awaited: boolean;
  /** What all calls that wait cost. */
  readonly waiting: number;
  /** What the first of them costs, at least 1. */
  readonly unit: number;
  /** What the calls cost that stand first and cost as much as the first. */
  readonly run: number;
  /** What the instance holds already and can spend on them. */
  readonly held: number;
  /** What it would like to hold beyond that. */
  readonly surplus: number;
  /**
   * Where that is to be spent in the minute that comes, if it is still of the same day: when it starts, in milliseconds since the
   * epoch. Then no call is counted.
   */
  readonly ahead: number | undefined;
}

/** What an instance asks of the database for one key, and returns to it. */
export interface RefillAsk extends RefillNeed {
  readonly returned: Unspent | undefined;
}

/** What the database granted, and what is granted to all instances with it: of now, or of the minute that comes. */
export interface Refill {
  readonly granted: number;
  /** Granted in each window to whomever. */
  readonly minute: number;
  readonly day: number;
  readonly starts: WindowStarts;
  /** The database's time, in milliseconds since the epoch, in the windows that it granted in. */
  readonly now: number;
}

/** Instants before and after the database told its time: when it was asked and when its answer came, or closer to it. */
export interface RefillTimes {
  readonly askedAt: Instant;
  readonly answeredAt: Instant;
}

export interface QuotaNeed {
  readonly awaited: boolean;
  /** What the calls cost that wait and would spend, in their order. */
  readonly costs: readonly number[];
  readonly held: number;
  /** What is wanted here once those calls are served. */
  readonly wanted: number;
}

export function refillNeed(key: LimitedKey, { awaited, costs, held, wanted }: QuotaNeed): RefillNeed {
  const { projectId, apiKeyId } = key;
  const [first = 0] = costs;
  const runEnd = costs.findIndex((cost) => cost !== first);
  const waiting = costs.reduce((total, cost) => total + cost, 0);
  return {
    projectId,
    apiKeyId,
    ...limitsOf(key),
    awaited,
    waiting,
    unit: Math.max(1, first),
    run: runEnd === -1 ? waiting : runEnd * first,
    held,
    surplus: Math.max(0, wanted - Math.max(0, held - waiting)),
    ahead: undefined,
  };
}

/** What is wanted of a minute that comes. */
export interface AheadNeed {
  readonly wanted: number;
  /** When it starts, in milliseconds since the epoch. */
  readonly minute: number;
}

export function aheadNeed(key: LimitedKey, { wanted, minute }: AheadNeed): RefillNeed {
  return { ...noNeed(key), ...limitsOf(key), surplus: wanted, ahead: minute };
}

/** The need of a key that only returns something. */
export function noNeed({ projectId, apiKeyId }: LimitedKey): RefillNeed {
  return {
    projectId,
    apiKeyId,
    perMinute: undefined,
    perDay: undefined,
    awaited: false,
    waiting: 0,
    unit: 1,
    run: 0,
    held: 0,
    surplus: 0,
    ahead: undefined,
  };
}

function limitsOf({ rateLimits: { perMinute, perDay } }: LimitedKey) {
  return { perMinute, perDay };
}
