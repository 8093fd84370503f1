import { InvalidFieldError } from "../domain-error.js";
import type { VerificationCode } from "../verification/model.js";

export type UsageCode = VerificationCode;

/** The numbers that the database stores, which are the contract's: one that was used never stands for another code. */
export const usageCodeNumbers: Readonly<Record<UsageCode, number>> = {
  valid: 1,
  not_found: 2,
  revoked: 3,
  disabled: 4,
  expired: 5,
  insufficient_scope: 6,
  rate_limited: 7,
  signature_invalid: 8,
  replayed: 9,
};

const usageCodes = new Map(Object.entries(usageCodeNumbers).map(([code, number]) => [number, code as UsageCode]));

/** The code of a stored number; undefined when a newer version wrote it. */
export function usageCodeOf(number: number): UsageCode | undefined {
  return usageCodes.get(number);
}

/** Rows of one batch: a second's work for the database. */
export const maxBatchRows = 20_000;

/**
 * What is written at once: verifications of one UTC hour, by key and code; a pair may come more than once. A column a field,
 * since there may be tens of thousands of rows a second.
 */
export interface UsageBatch {
  /** Rises by one a batch of an instance; one that was written before is not counted again. */
  readonly sequence: bigint;
  /** When the hour starts. */
  readonly hour: Date;
  readonly projectIds: ArrayLike<bigint>;
  readonly apiKeyIds: ArrayLike<bigint>;
  /** As in `usageCodeNumbers`. */
  readonly codes: ArrayLike<number>;
  readonly verifications: ArrayLike<number>;
  /** When the key was last found good, in milliseconds since the epoch; 0: the row does not tell. */
  readonly lastUsedMs: ArrayLike<number>;
}

export type Granularity = "hour" | "day";

export interface UsageBucket {
  readonly start: Date;
  readonly counts: ReadonlyMap<UsageCode, bigint>;
}

/** What was verified of one key in a period. */
export interface KeyUsage {
  readonly apiKeyId: bigint;
  readonly counts: ReadonlyMap<UsageCode, bigint>;
}

/** Whole buckets of time, the end not included. */
export interface UsagePeriod {
  readonly start: Date;
  readonly end: Date;
  readonly granularity: Granularity;
}

export const hourMs = 3_600_000;
const granularityMs: Readonly<Record<Granularity, number>> = { hour: hourMs, day: 24 * hourMs };

/** The most buckets that one answer holds. */
const maxBuckets = 10_000;

/**
 * From the bucket that holds `from` to the one that holds the moment before `until`.
 *
 * @throws InvalidFieldError when that is more than one answer holds
 */
export function usagePeriod(from: Date, until: Date, granularity: Granularity): UsagePeriod {
  const width = granularityMs[granularity];
  const start = Math.floor(from.getTime() / width) * width;
  const end = Math.ceil(until.getTime() / width) * width;
  if ((end - start) / width > maxBuckets) {
    throw new InvalidFieldError("end_time", `must be at most ${maxBuckets} buckets after start_time`);
  }
  return { start: new Date(start), end: new Date(end), granularity };
}
