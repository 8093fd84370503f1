import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";

/** A time as the owners' routes and GraphQL have it: RFC 3339, always with milliseconds; null where there is none. */
export function timeText(time: Timestamp | undefined): string | null {
  return time === undefined ? null : timestampDate(time).toISOString();
}
