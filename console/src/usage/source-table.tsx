import type { SourceUsage } from "@altalune/sdk/messages";
import { Moment } from "../listing/moment.tsx";
import { countText } from "../parts/count-text.ts";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import classes from "./usage.module.css";

const { columns: names, others } = texts.usage.sources;

interface SourceTableProps {
  readonly title: string;
  /** What one of them is called. */
  readonly column: string;
  /** Those that most calls came from are the first. */
  readonly sources: readonly SourceUsage[];
  readonly isStale: boolean;
}

/** What a key was used from, how often, and from when to when. */
export function SourceTable({ title, column, sources, isStale }: SourceTableProps) {
  const columns: readonly Column<SourceUsage>[] = [
    { name: column, cell: ({ value }) => (value === "" ? <span className="dimmed">{others}</span> : value) },
    { name: names.calls, cell: ({ verifications }) => countText(verifications) },
    { name: names.first, cell: ({ firstAt }) => <Moment at={firstAt} /> },
    { name: names.last, cell: ({ lastAt }) => <Moment at={lastAt} /> },
  ];
  return (
    <div className={classes["sources"]}>
      <h3>{title}</h3>
      <Table name={title} columns={columns} rows={sources} keyOf={({ value }) => value} isStale={isStale} />
    </div>
  );
}
