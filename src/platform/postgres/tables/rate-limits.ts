/** What a limited key was granted in its current windows. */
export interface RateLimitsTable {
  project_id: bigint;
  api_key_id: bigint;
  minute_start: Date;
  minute_granted: bigint;
  /** Granted of the minute after that one, before it came. */
  next_granted: bigint;
  day_start: Date;
  day_granted: bigint;
  /** What the last refill granted. */
  last_grant: bigint;
}
