import { countText } from "../parts/count-text.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import type { WalkOutcome } from "./walk-chain.ts";

const { check: words } = texts.trail;

/** Whether a trail is whole, in a sentence. @param hasHead whether it was checked against a head from before */
export function WalkNotice({
  outcome,
  hasHead = false,
}: {
  readonly outcome: WalkOutcome;
  readonly hasHead?: boolean;
}) {
  return <Notice tone={outcome.kind === "whole" ? "good" : "bad"}>{sentenceOf(outcome, hasHead)}</Notice>;
}

function sentenceOf({ kind, checked, brokenAt, headSequence }: WalkOutcome, hasHead: boolean): string {
  const events = countText(checked);
  switch (kind) {
    case "whole": {
      const whole = words.whole(events, `${headSequence}`);
      return hasHead ? `${whole} ${words.withHead}` : whole;
    }
    case "head-missing":
      return words.headMissing(events);
    case "broken":
      return brokenAt > headSequence ? words.brokenEnd(events) : words.broken(`${brokenAt}`, events);
  }
}
