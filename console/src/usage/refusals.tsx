import type { UsageBucket } from "@altalune/sdk/messages";
import { countText } from "../parts/count-text.ts";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { byVerdict } from "./counts.ts";
import classes from "./usage.module.css";
import { VerdictMark } from "./verdict-mark.tsx";
import { type Verdict, verdictsOf } from "./verdicts.ts";

const { refusals: words } = texts.usage;

/** Why calls were refused, the most frequent reason first. */
export function Refusals({ buckets }: { readonly buckets: readonly UsageBucket[] }) {
  const counts = byVerdict(buckets.map((bucket) => bucket.counts));
  const countOf = ({ code }: Verdict) => counts.get(code) ?? 0n;
  const refusals = verdictsOf(counts.keys())
    .filter((verdict) => verdict.code !== "VALID")
    .sort((one, other) => Number(countOf(other) - countOf(one)));
  if (refusals.length === 0) {
    return <p>{words.none}</p>;
  }
  const columns: readonly Column<Verdict>[] = [
    {
      name: words.columns.verdict,
      cell: (verdict) => (
        <>
          <VerdictMark {...verdict} />
          <span className={classes["meaning"]}>{verdict.meaning}</span>
        </>
      ),
    },
    { name: words.columns.calls, cell: (verdict) => countText(countOf(verdict)) },
  ];
  return <Table name={words.title} columns={columns} rows={refusals} keyOf={({ code }) => code} />;
}
