import type { UsageBucket } from "@altalune/sdk/messages";
import { lazy, Suspense } from "react";
import { countText } from "../parts/count-text.ts";
import { texts } from "../texts.ts";
import { BucketTable } from "./bucket-table.tsx";
import { acceptedIn, byVerdict, refusedIn, totalOf } from "./counts.ts";
import type { AskedPeriod } from "./periods.ts";
import classes from "./usage.module.css";
import { VerdictMark } from "./verdict-mark.tsx";
import { verdictsOf } from "./verdicts.ts";

/** What draws it is large, and is loaded when there is something to draw. */
const UsageChart = lazy(() => import("./usage-chart.tsx"));

interface UsageOverTimeProps {
  readonly buckets: readonly UsageBucket[];
  readonly asked: AskedPeriod;
  /** Whether other numbers are on their way. */
  readonly isStale: boolean;
}

const words = texts.usage;

/** How many calls there were and what became of them: in a sentence, a chart, and a table of the same numbers for whom a chart says nothing. */
export function UsageOverTime({ buckets, asked, isStale }: UsageOverTimeProps) {
  const verdicts = verdictsOf(byVerdict(buckets.map(({ counts }) => counts)).keys());
  return (
    <>
      <p role="status" className={classes["total"]}>
        {words.total(countText(totalOf(buckets, acceptedIn)), countText(totalOf(buckets, refusedIn)))}
      </p>
      <div aria-hidden="true">
        <div className={classes["chart"]} data-stale={isStale || undefined}>
          <Suspense fallback={null}>
            <UsageChart buckets={buckets} verdicts={verdicts} asked={asked} />
          </Suspense>
        </div>
        <ul className={classes["legend"]}>
          {verdicts.map((verdict) => (
            <li key={verdict.code}>
              <VerdictMark {...verdict} />
            </li>
          ))}
        </ul>
      </div>
      <p className={classes["note"]}>{words.utc}</p>
      <details className={classes["numbers"]}>
        <summary>{words.asTable}</summary>
        <BucketTable buckets={buckets} verdicts={verdicts} period={asked.period} isStale={isStale} />
      </details>
    </>
  );
}
