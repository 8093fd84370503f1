import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { texts } from "../texts.ts";

const dayMs = 24 * 60 * 60 * 1000;
const offered = [30, 90, 365] as const;

/** When a key is to expire: `30` is in thirty days. */
export type Expiry = `${(typeof offered)[number]}` | "date" | "never";

/** @param longestMs for how long a key may be good; only what is less is offered */
export function expiryChoices(
  mayNever: boolean,
  longestMs = Number.POSITIVE_INFINITY,
): { readonly value: Expiry; readonly label: string }[] {
  const { inDays, onDate, never } = texts.keys.new;
  return [
    ...offered
      .filter((days) => days * dayMs < longestMs)
      .map((days) => ({ value: `${days}` as const, label: inDays(days) })),
    { value: "date", label: onDate },
    ...(mayNever ? [{ value: "never" as const, label: never }] : []),
  ];
}

/** As a request has it. @param date of the last day, as a field of a form says it; undefined comes back where it is none */
export function expirationOf(
  expiry: Expiry,
  date: string,
  nowMs: number,
): { readonly expiration: Timestamp } | { readonly neverExpires: true } | undefined {
  if (expiry === "never") {
    return { neverExpires: true };
  }
  // To the end of that day where its reader is.
  const atMs = expiry === "date" ? new Date(`${date}T23:59:59`).getTime() : nowMs + Number(expiry) * dayMs;
  return Number.isNaN(atMs) ? undefined : { expiration: timestampFromMs(atMs) };
}
