import type { ApiKey } from "@altalune/sdk/messages";
import { Code } from "@mantine/core";
import { Link } from "react-router";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { Status } from "./status.tsx";

const { columns: names } = texts.keys;

const columns: readonly Column<ApiKey>[] = [
  { name: names.name, cell: ({ projectId, id, name }) => <Link to={`/projects/${projectId}/keys/${id}`}>{name}</Link> },
  { name: names.prefix, cell: ({ keyPrefix }) => <Code>{keyPrefix}…</Code> },
  { name: names.owner, cell: ({ ownerId }) => ownerId || <span className="dimmed">{texts.keys.nobody}</span> },
  { name: names.status, cell: ({ status }) => <Status status={status} /> },
  { name: names.expires, cell: ({ expiration }) => <Moment at={expiration} isDay /> },
  { name: names.lastUsed, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
];

export function KeyTable({ keys, isStale }: { readonly keys: readonly ApiKey[]; readonly isStale: boolean }) {
  return <Table name={texts.keys.title} columns={columns} rows={keys} keyOf={({ id }) => id} isStale={isStale} />;
}
