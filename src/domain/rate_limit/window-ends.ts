import { type LimitWindow, windowMs } from "./model.js";

type ByWindow<Value> = Readonly<Record<LimitWindow, Value>>;

const none: ByWindow<Date> = { minute: new Date(0), day: new Date(0) };
/** Those of two minutes: towards the end of one, there is something of the next as well. */
let kept: readonly [ByWindow<Date>, ByWindow<Date>] = [none, none];

/**
 * When windows end: for all keys the same objects, by which what is made of them can be kept once.
 *
 * @param starts when they start, in milliseconds since the epoch
 */
export function windowEnds(starts: ByWindow<number>): ByWindow<Date> {
  const minute = starts.minute + windowMs.minute;
  const day = starts.day + windowMs.day;
  const known = kept.find((ends) => ends.minute.getTime() === minute && ends.day.getTime() === day);
  if (known !== undefined) {
    return known;
  }
  const ends = { minute: new Date(minute), day: new Date(day) };
  kept = [ends, kept[0]];
  return ends;
}

/** When the windows of a moment end. */
export function windowEndsAt(moment: Date): ByWindow<Date> {
  const startOf = (window: LimitWindow) => Math.floor(moment.getTime() / windowMs[window]) * windowMs[window];
  return windowEnds({ minute: startOf("minute"), day: startOf("day") });
}
