import { countText } from "../parts/count-text.ts";
import classes from "./usage-chart.module.css";
import { VerdictMark } from "./verdict-mark.tsx";
import type { Verdict } from "./verdicts.ts";

interface BucketNoteProps {
  readonly start: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
}

/** What a bar stands for, while somebody points at it. */
export function BucketNote({ start, counts, verdicts }: BucketNoteProps) {
  return (
    <div className={classes["note"]}>
      <div className={classes["start"]}>{start}</div>
      {verdicts
        .filter(({ code }) => counts[code])
        .map((verdict) => (
          <div key={verdict.code} className={classes["count"]}>
            <VerdictMark {...verdict} />
            <span>{countText(counts[verdict.code] ?? 0)}</span>
          </div>
        ))}
    </div>
  );
}
