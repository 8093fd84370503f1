import type { ApiKey } from "@altalune/sdk/messages";
import { Code } from "@mantine/core";
import { Link } from "react-router";
import { Moment } from "../listing/moment.tsx";
import { OwnerLink } from "../owners/owner-link.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { Status } from "./status.tsx";

const { columns: names } = texts.keys;

const ownerColumn: Column<ApiKey> = { name: names.owner, cell: (apiKey) => <OwnerLink apiKey={apiKey} /> };
const columns: readonly Column<ApiKey>[] = [
  { name: names.name, cell: ({ projectId, id, name }) => <Link to={`/projects/${projectId}/keys/${id}`}>{name}</Link> },
  { name: names.prefix, cell: ({ keyPrefix }) => <Code>{keyPrefix}…</Code> },
  ownerColumn,
  { name: names.status, cell: ({ status }) => <Status status={status} /> },
  { name: names.expires, cell: ({ expiration }) => <Moment at={expiration} isDay /> },
  { name: names.lastUsed, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
];

interface KeyTableProps {
  readonly keys: readonly ApiKey[];
  readonly isStale: boolean;
  /** Whether all are one owner's, who is named elsewhere. */
  readonly isOfOwner?: boolean;
}

export function KeyTable({ keys, isStale, isOfOwner = false }: KeyTableProps) {
  const shown = isOfOwner ? columns.filter((column) => column !== ownerColumn) : columns;
  return <Table name={texts.keys.title} columns={shown} rows={keys} keyOf={({ id }) => id} isStale={isStale} />;
}
