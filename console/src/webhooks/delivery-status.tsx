import { type Delivery, DeliveryState } from "@altalune/sdk/messages";
import { Badge, type BadgeTone } from "../parts/badge.tsx";
import { texts } from "../texts.ts";

const { states: words } = texts.webhooks;

const looks: Readonly<Record<DeliveryState, readonly [name: string, tone: BadgeTone]>> = {
  [DeliveryState.UNSPECIFIED]: [words.unknown, "idle"],
  [DeliveryState.PENDING]: [words.pending, "idle"],
  [DeliveryState.SUCCEEDED]: [words.succeeded, "good"],
  [DeliveryState.FAILED]: [words.failed, "bad"],
};

/** How far a delivery has come. */
export function DeliveryStatus({ delivery: { state, attempts } }: { readonly delivery: Delivery }) {
  if (state === DeliveryState.PENDING && attempts > 0) {
    return <Badge tone="warn">{words.again}</Badge>;
  }
  // A newer server may know more of them.
  const [name, tone] = looks[state] ?? looks[DeliveryState.UNSPECIFIED];
  return <Badge tone={tone}>{name}</Badge>;
}

/** What came of the last attempt. */
export function answerText({ lastAttemptAt, lastStatus, lastError }: Delivery): string {
  if (lastAttemptAt === undefined) {
    return texts.webhooks.notTried;
  }
  return lastStatus === undefined ? lastError : `${lastStatus}`;
}
