import { type RateLimitState, RateLimitWindow } from "@altalune/sdk/messages";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Fact } from "../parts/facts.tsx";
import { clockText, momentText } from "../parts/time-text.ts";
import { texts } from "../texts.ts";

const { key: words } = texts.keys;
const number = new Intl.NumberFormat("en");

/** Where a key stands in a window, as a fact of it. */
export function LimitState({ state: { window, limit, remaining, resetAt } }: { readonly state: RateLimitState }) {
  const isMinute = window === RateLimitWindow.MINUTE;
  const endsAt = resetAt === undefined ? 0 : timestampMs(resetAt);
  const until = isMinute ? clockText(endsAt) : momentText(endsAt);
  return (
    <Fact name={isMinute ? words.thisMinute : words.thisDay}>
      {words.left(number.format(remaining), number.format(limit), until)}
    </Fact>
  );
}
