import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { texts } from "../texts.ts";

const { lifetimes: words } = texts.portal;

export function lifetimeMs(lifetime: Duration | undefined): number {
  return lifetime === undefined ? 0 : durationMs(lifetime);
}

/** In the largest unit that says it exactly. */
export function lifetimeText(lifetime: Duration | undefined): string {
  const seconds = Math.floor(lifetimeMs(lifetime) / 1000);
  const [unit, count] = (
    [
      ["days", seconds / 86_400],
      ["hours", seconds / 3_600],
      ["minutes", seconds / 60],
    ] as const
  ).find(([, many]) => Number.isInteger(many)) ?? ["seconds", seconds];
  return words[unit](count);
}
