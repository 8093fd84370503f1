import { momentText } from "../parts/time-text.ts";
import { texts } from "../texts.ts";

/** A time as the routes of /api/auth say it; null is none. */
export function IsoMoment({ at }: { readonly at: string | null }) {
  return at === null ? texts.when.never : <time dateTime={at}>{isoMomentText(at)}</time>;
}

export function isoMomentText(at: string): string {
  return momentText(Date.parse(at));
}
