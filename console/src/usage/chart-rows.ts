import type { UsageBucket } from "@altalune/sdk/messages";
import { byVerdict, startMsOf } from "./counts.ts";
import type { AskedPeriod } from "./periods.ts";

/** What is drawn at one place: when its bucket starts, and how many there were of each verdict, by its code. */
export type ChartRow = { readonly startMs: number } & Readonly<Record<string, number>>;

/** One row for each bucket of a period, those without a call too. */
export function chartRows(
  buckets: readonly UsageBucket[],
  codes: readonly string[],
  { period: { ms, bucketMs }, endMs }: AskedPeriod,
): ChartRow[] {
  const countsAt = new Map(buckets.map((bucket) => [startMsOf(bucket), byVerdict([bucket.counts])]));
  const first = Math.floor((endMs - ms) / bucketMs) * bucketMs;
  const places = Math.ceil((endMs - first) / bucketMs);
  return Array.from({ length: places }, (_, place) => {
    const startMs = first + place * bucketMs;
    const counts = codes.map((code) => [code, Number(countsAt.get(startMs)?.get(code) ?? 0n)]);
    return { ...Object.fromEntries(counts), startMs };
  });
}
