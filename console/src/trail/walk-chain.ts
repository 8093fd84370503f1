import type { AuditService } from "@altalune/sdk/messages";
import type { Client } from "@connectrpc/connect";

/** What came of a walk along a whole trail. */
export interface WalkOutcome {
  /** `head-missing`: what is there holds, but the head from before is not among it. */
  readonly kind: "whole" | "broken" | "head-missing";
  /** How many events hold. */
  readonly checked: bigint;
  /** Where it breaks first; 0: nowhere. */
  readonly brokenAt: bigint;
  readonly headSequence: bigint;
  readonly headHash: Uint8Array;
}

interface WalkOptions {
  /** A hash that was exported before. */
  readonly expectedHead?: Uint8Array | undefined;
  /** Told of each part that holds, with how many events hold so far. */
  readonly onPart?: (checked: bigint) => void;
  readonly signal: AbortSignal;
}

/** Walks a trail to its end, or to where it breaks: a call checks a part of it. @param projectId empty: the instance's own */
export async function walkChain(
  audit: Client<typeof AuditService>,
  projectId: string,
  { expectedHead = new Uint8Array(), onPart, signal }: WalkOptions,
): Promise<WalkOutcome> {
  let fromSequence = 0n;
  let checked = 0n;
  for (;;) {
    const part = await audit.verifyAuditTrail({ projectId, fromSequence, expectedHead }, { signal });
    const { intact, lastSequence, firstBrokenSequence: brokenAt, headSequence, headHash } = part;
    checked += part.eventsChecked;
    if (intact && lastSequence < headSequence) {
      onPart?.(checked);
      fromSequence = lastSequence + 1n;
      continue;
    }
    const found = { checked, brokenAt, headSequence, headHash };
    if (intact) {
      return { kind: "whole", ...found };
    }
    // All holds to the last event. It is the head from before that is missing, if without it the end holds, too.
    if (expectedHead.length > 0 && lastSequence === headSequence && lastSequence > 0n) {
      const end = await audit.verifyAuditTrail({ projectId, fromSequence: lastSequence }, { signal });
      if (end.intact) {
        return { kind: "head-missing", ...found };
      }
    }
    return { kind: "broken", ...found };
  }
}
