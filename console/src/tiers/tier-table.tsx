import type { Tier } from "@altalune/sdk/messages";
import { Link } from "react-router";
import { limitText } from "../keys/limit-text.ts";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { tierPath } from "./tier-path.ts";

const { columns: names } = texts.tiers;

const limits: readonly Column<Tier>[] = [
  { name: names.perMinute, cell: ({ rateLimits }) => limitText(rateLimits?.perMinute) },
  { name: names.perDay, cell: ({ rateLimits }) => limitText(rateLimits?.perDay) },
  { name: names.changed, cell: ({ updatedAt }) => <Moment at={updatedAt} isDay /> },
];
const toRead: readonly Column<Tier>[] = [{ name: names.name, cell: ({ name }) => name }, ...limits];
const toChange: readonly Column<Tier>[] = [
  { name: names.name, cell: ({ name }) => <Link to={tierPath(name)}>{name}</Link> },
  ...limits,
];

interface TierTableProps {
  readonly tiers: readonly Tier[];
  readonly mayChange: boolean;
  readonly isStale: boolean;
}

/** Tiers lead to where they are changed, for whom that is allowed. */
export function TierTable({ tiers, mayChange, isStale }: TierTableProps) {
  return (
    <Table
      name={texts.tiers.title}
      columns={mayChange ? toChange : toRead}
      rows={tiers}
      keyOf={({ name }) => name}
      isStale={isStale}
    />
  );
}
