import type { Project } from "@altalune/sdk/messages";
import { Code } from "@mantine/core";
import { Link } from "react-router";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";

const { columns: names } = texts.projects;

const columns: readonly Column<Project>[] = [
  { name: names.name, cell: ({ id, name }) => <Link to={`/projects/${id}`}>{name}</Link> },
  { name: names.prefix, cell: ({ keyPrefix }) => <Code>{keyPrefix}</Code> },
  { name: names.cap, cell: ({ maxKeysPerOwner }) => maxKeysPerOwner || texts.projects.noCap },
  { name: names.created, cell: ({ createdAt }) => <Moment at={createdAt} isDay /> },
];

export function ProjectTable({
  projects,
  isStale,
}: {
  readonly projects: readonly Project[];
  readonly isStale: boolean;
}) {
  return (
    <Table name={texts.projects.title} columns={columns} rows={projects} keyOf={({ id }) => id} isStale={isStale} />
  );
}
