import { type Timestamp, timestampDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ApiKeysTexts } from "./texts.js";

const dayMs = 24 * 60 * 60 * 1000;
const inDays = new Intl.NumberFormat(undefined, { style: "unit", unit: "day", unitDisplay: "long" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

export function dayText(at: Timestamp): string {
  return day.format(timestampDate(at));
}

/** When a key ends that is good for so many days from now on. */
export function endAfter(days: number): Timestamp {
  return timestampFromMs(Date.now() + days * dayMs);
}

interface LifetimeFieldProps {
  readonly texts: ApiKeysTexts;
  /** In days. */
  readonly lifetimes: readonly number[];
  readonly days: number;
  readonly onChange: (days: number) => void;
}

/** For how long a key is to be good, of what the page offers. */
export function LifetimeField({ texts, lifetimes, days, onChange }: LifetimeFieldProps) {
  return (
    <label>
      {texts.newLifetime}
      <select value={days} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {lifetimes.map((offered) => (
          <option key={offered} value={offered}>
            {inDays.format(offered)}
          </option>
        ))}
      </select>
    </label>
  );
}
