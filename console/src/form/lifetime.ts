import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { texts } from "../texts.ts";

const { lifetimes: words } = texts.form;

export function lifetimeMs(lifetime: Duration | undefined): number {
  return lifetime === undefined ? 0 : durationMs(lifetime);
}

const secondsOf = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 } as const;

export type LifetimeUnit = keyof typeof secondsOf;
export const lifetimeUnits = Object.keys(secondsOf) as LifetimeUnit[];

/** In the largest unit that says it exactly. */
export function lifetimeParts(lifetime: Duration | undefined): { readonly unit: LifetimeUnit; readonly count: number } {
  const seconds = Math.floor(lifetimeMs(lifetime) / 1000);
  const unit = lifetimeUnits.find((one) => Number.isInteger(seconds / secondsOf[one])) ?? "seconds";
  return { unit, count: seconds / secondsOf[unit] };
}

export function lifetimeOf(count: number, unit: LifetimeUnit): { readonly seconds: bigint } {
  return { seconds: BigInt(count) * BigInt(secondsOf[unit]) };
}

export function lifetimeText(lifetime: Duration | undefined): string {
  const { unit, count } = lifetimeParts(lifetime);
  return words[unit](count);
}
