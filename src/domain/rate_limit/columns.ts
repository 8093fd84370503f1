import type { RateLimits } from "./model.js";

/** How tables of keys and tiers hold limits. */
export interface RateLimitColumns {
  readonly per_minute: bigint | null;
  readonly per_day: bigint | null;
}

export function columnsOfRateLimits({ perMinute, perDay }: RateLimits): RateLimitColumns {
  return {
    per_minute: perMinute === undefined ? null : BigInt(perMinute),
    per_day: perDay === undefined ? null : BigInt(perDay),
  };
}

export function rateLimitsOfColumns({ per_minute, per_day }: RateLimitColumns): RateLimits {
  return {
    perMinute: per_minute === null ? undefined : Number(per_minute),
    perDay: per_day === null ? undefined : Number(per_day),
  };
}
