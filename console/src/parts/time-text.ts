import { texts } from "../texts.ts";

const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });

/** When something is that is so many seconds away. */
export function inWords(seconds: number): string {
  const at = clock.format(Date.now() + seconds * 1000);
  return seconds < 90 ? texts.when.inSeconds(seconds, at) : texts.when.inMinutes(Math.ceil(seconds / 60), at);
}
