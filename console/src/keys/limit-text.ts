import { texts } from "../texts.ts";

const number = new Intl.NumberFormat("en");

/** Unset where there is nothing to inherit from, and 0, are no limit. */
export function limitText(limit: number | undefined): string {
  return limit ? number.format(limit) : texts.keys.key.unlimited;
}
