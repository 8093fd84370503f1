import type { Propagation } from "@altalune/sdk/messages";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { exactText } from "../parts/time-text.ts";
import { texts } from "../texts.ts";

/** From when a change holds on every instance. */
export function inForceText(propagation: Propagation | undefined): string {
  if (propagation?.effectiveAt === undefined) {
    return "";
  }
  const at = exactText(timestampMs(propagation.effectiveAt));
  return propagation.pendingInstances === 0
    ? texts.keys.inForceSince(at)
    : texts.keys.inForceFrom(at, propagation.pendingInstances);
}
