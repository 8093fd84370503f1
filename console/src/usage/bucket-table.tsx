import type { UsageBucket } from "@altalune/sdk/messages";
import { countText } from "../parts/count-text.ts";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { byVerdict, startMsOf } from "./counts.ts";
import { type Period, startText } from "./periods.ts";
import type { Verdict } from "./verdicts.ts";

interface BucketTableProps {
  readonly buckets: readonly UsageBucket[];
  readonly verdicts: readonly Verdict[];
  readonly period: Period;
  readonly isStale: boolean;
}

/** Buckets of time, the newest first, and how many calls there were of each verdict. */
export function BucketTable({ buckets, verdicts, period, isStale }: BucketTableProps) {
  const columns: readonly Column<UsageBucket>[] = [
    { name: period.bucketName, cell: (bucket) => startText(startMsOf(bucket), period) },
    ...verdicts.map(({ code, name }) => ({
      name,
      cell: ({ counts }: UsageBucket) => countText(byVerdict([counts]).get(code) ?? 0n),
    })),
  ];
  return (
    <Table
      name={texts.usage.overTime}
      columns={columns}
      rows={[...buckets].reverse()}
      keyOf={(bucket) => `${startMsOf(bucket)}`}
      isStale={isStale}
    />
  );
}
