import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { dayText, exactText, momentText } from "../parts/time-text.ts";
import { texts } from "../texts.ts";

interface MomentProps {
  readonly at: Timestamp | undefined;
  /** Whether the day is enough. */
  readonly isDay?: boolean;
  /** Whether seconds count. */
  readonly isExact?: boolean;
  /** What it says when there is no time. */
  readonly otherwise?: string;
}

/** A time of the contract. */
export function Moment({ at, isDay = false, isExact = false, otherwise = texts.when.never }: MomentProps) {
  if (at === undefined) {
    return otherwise;
  }
  const ms = timestampMs(at);
  const text = isDay ? dayText : isExact ? exactText : momentText;
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactText(ms)}>
      {text(ms)}
    </time>
  );
}
