import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { texts } from "../texts.ts";

const dayMs = 24 * 60 * 60 * 1000;
const offered = [30, 90, 365] as const;
const { inDays, onDate, never } = texts.keys.new;

/** When a key is to end: `30` is in thirty days. */
export type End = `${(typeof offered)[number]}` | "date";

/** The same, of one that may be good for ever. */
export type Expiry = End | "never";

interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
}

/** @param longestMs for how long a key may be good; only what is less is offered */
export function endChoices(longestMs = Number.POSITIVE_INFINITY): readonly Choice<End>[] {
  return [
    ...offered
      .filter((days) => days * dayMs < longestMs)
      .map((days) => ({ value: `${days}` as const, label: inDays(days) })),
    { value: "date", label: onDate },
  ];
}

export function expiryChoices(mayNever: boolean): readonly Choice<Expiry>[] {
  return [...endChoices(), ...(mayNever ? [{ value: "never" as const, label: never }] : [])];
}

/** As a request has it. @param date of the last day, as a field of a form says it; undefined comes back where it is none */
export function endOf(end: End, date: string, nowMs: number): { readonly expiration: Timestamp } | undefined {
  // To the end of that day where its reader is.
  const atMs = end === "date" ? new Date(`${date}T23:59:59`).getTime() : nowMs + Number(end) * dayMs;
  return Number.isNaN(atMs) ? undefined : { expiration: timestampFromMs(atMs) };
}

/** As `endOf`. */
export function expirationOf(
  expiry: Expiry,
  date: string,
  nowMs: number,
): ReturnType<typeof endOf> | { readonly neverExpires: true } {
  return expiry === "never" ? { neverExpires: true } : endOf(expiry, date, nowMs);
}
