import { texts } from "../texts.ts";

const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** When something is that is so many seconds away. */
export function inWords(seconds: number): string {
  const at = clock.format(Date.now() + seconds * 1000);
  return seconds < 90 ? texts.when.inSeconds(seconds, at) : texts.when.inMinutes(Math.ceil(seconds / 60), at);
}

export function dayText(ms: number): string {
  return day.format(ms);
}

/** To the minute, by the clock of whoever reads it. */
export function momentText(ms: number): string {
  return moment.format(ms);
}

/** To the second, of a time that is near. */
export function clockText(ms: number): string {
  return clock.format(ms);
}

/** To the second. */
export function exactText(ms: number): string {
  return `${dayText(ms)}, ${clock.format(ms)}`;
}
