import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { momentText } from "../parts/time-text.ts";

/** Whether a time is still to come, by the clock of whoever reads it. */
export function isAhead(at: Timestamp | undefined): at is Timestamp {
  return at !== undefined && timestampMs(at) > Date.now();
}

/** Until when something holds, to the minute. Undefined: that is over. */
export function untilText(at: Timestamp | undefined): string | undefined {
  return isAhead(at) ? momentText(timestampMs(at)) : undefined;
}
