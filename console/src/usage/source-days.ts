import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { texts } from "../texts.ts";

const { choices } = texts.usage.sources;
const dayMs = 24 * 60 * 60 * 1000;

/** For which UTC days it can be looked at where a key was used from; the last is all that is kept. */
const spans = {
  today: { name: choices.today, days: 1 },
  week: { name: choices.week, days: 7 },
  month: { name: choices.month, days: 31 },
} as const;

export type SourceSpan = keyof typeof spans;

export const spanChoices = Object.entries(spans).map(([value, { name }]) => ({ value, label: name }));

/** @param wanted as the address has it */
export function sourceSpanOf(wanted: string | null): SourceSpan {
  return wanted !== null && Object.hasOwn(spans, wanted) ? (wanted as SourceSpan) : "month";
}

/** As a request has them: whole days up to the end of the one that it is. */
export function daysOf(span: SourceSpan) {
  const endMs = (Math.floor(Date.now() / dayMs) + 1) * dayMs;
  return { startTime: timestampFromMs(endMs - spans[span].days * dayMs), endTime: timestampFromMs(endMs) };
}
