import type { Versioned } from "../etag/model.js";
import type { RateLimits } from "../rate_limit/model.js";
import type { RootKeyScope } from "../root_key/model.js";

/** What it takes to be told which tiers there are: they are the instance's own, and not a project's. */
export const tierReading = "tiers:read" satisfies RootKeyScope;

/** A named limit that keys share. */
export interface Tier {
  readonly name: string;
  /** Undefined and 0: no limit. */
  readonly rateLimits: RateLimits;
  readonly version: bigint;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What its etag is of: tiers are known by their names. */
export function stateOf({ name, version, updatedAt }: Tier): Versioned {
  return { publicId: name, version, updatedAt };
}

export const tierFilters = [] as const;
export type TierFilter = (typeof tierFilters)[number];

export const tierSorts = ["name", "created_at", "updated_at"] as const;
export type TierSort = (typeof tierSorts)[number];
