import { countText } from "../parts/count-text.ts";
import { texts } from "../texts.ts";

/** Unset where there is nothing to inherit from, and 0, are no limit. */
export function limitText(limit: number | undefined): string {
  return limit ? countText(limit) : texts.keys.key.unlimited;
}
