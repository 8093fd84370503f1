import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { momentText } from "../parts/time-text.ts";

/** Until when something holds, to the minute. Undefined: that is over. */
export function untilText(at: Timestamp | undefined): string | undefined {
  return at !== undefined && timestampMs(at) > Date.now() ? momentText(timestampMs(at)) : undefined;
}
