import { InvalidFieldError } from "../domain-error.js";
import type { VerificationCode } from "../verification/model.js";

/** The codes that a key can be given, in the order of their numbers; a number is an index plus 1. */
export const usageCodes = [
  "valid",
  "not_found",
  "revoked",
  "disabled",
  "expired",
  "insufficient_scope",
  "rate_limited",
  "signature_invalid",
  "replayed",
] as const satisfies readonly VerificationCode[];
export type UsageCode = VerificationCode;

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
  readonly projectIds: readonly bigint[];
  readonly apiKeyIds: readonly bigint[];
  /** Numbers of `usageCodes`. */
  readonly codes: readonly number[];
  readonly verifications: readonly number[];
  /** When the key was last found good, in milliseconds since the epoch; 0: the row does not tell. */
  readonly lastUsedMs: readonly number[];
}

export type Granularity = "hour" | "day";

export interface UsageBucket {
  readonly start: Date;
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
