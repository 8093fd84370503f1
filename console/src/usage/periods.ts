import { Granularity } from "@altalune/sdk/messages";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { texts } from "../texts.ts";

const { periods: names, columns } = texts.usage;
const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const byHour = { bucketMs: hourMs, granularity: Granularity.HOUR, bucketName: columns.hour } as const;
const byDay = { bucketMs: dayMs, granularity: Granularity.DAY, bucketName: columns.day } as const;

/** For which time usage can be looked at. */
export const periods = {
  day: { name: names.day, ms: dayMs, ...byHour },
  week: { name: names.week, ms: 7 * dayMs, ...byDay },
  month: { name: names.month, ms: 30 * dayMs, ...byDay },
} as const;

export type PeriodName = keyof typeof periods;
export type Period = (typeof periods)[PeriodName];

/** A period, and when it ends. */
export interface AskedPeriod {
  readonly period: Period;
  readonly endMs: number;
}

export const periodChoices = Object.entries(periods).map(([value, { name }]) => ({ value, label: name }));

/** As a request has it. */
export function timesOf({ period: { ms, granularity }, endMs }: AskedPeriod) {
  return { startTime: timestampFromMs(endMs - ms), endTime: timestampFromMs(endMs), granularity };
}

const hour = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
const shortHour = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "UTC",
});
const shortDay = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });

/** When a bucket starts, by UTC as buckets do. */
export function startText(ms: number, { granularity }: Period): string {
  return (granularity === Granularity.HOUR ? hour : day).format(ms);
}

/** The same where there is little room. */
export function shortStartText(ms: number, { granularity }: Period): string {
  return (granularity === Granularity.HOUR ? shortHour : shortDay).format(ms);
}
