import type { Webhook } from "@altalune/sdk/messages";
import { Link } from "react-router";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { webhookPath } from "./webhook-path.ts";
import { WebhookStatus } from "./webhook-status.tsx";

const { columns: names } = texts.webhooks;

const columns: readonly Column<Webhook>[] = [
  { name: names.url, cell: (webhook) => <Link to={webhookPath(webhook)}>{webhook.url}</Link> },
  { name: names.description, cell: ({ description }) => description },
  { name: names.status, cell: (webhook) => <WebhookStatus webhook={webhook} /> },
  { name: names.events, cell: ({ eventTypes }) => eventsText(eventTypes) },
  { name: names.created, cell: ({ createdAt }) => <Moment at={createdAt} isDay /> },
];

interface WebhookTableProps {
  readonly webhooks: readonly Webhook[];
  readonly isStale: boolean;
}

export function WebhookTable({ webhooks, isStale }: WebhookTableProps) {
  return (
    <Table name={texts.webhooks.title} columns={columns} rows={webhooks} keyOf={({ id }) => id} isStale={isStale} />
  );
}

/** Of which types a webhook is told. */
export function eventsText(eventTypes: readonly string[]): string {
  return eventTypes.length === 0 ? texts.webhooks.allEvents : eventTypes.join(", ");
}
