import type { Selectable } from "kysely";
import type { EventsTable } from "../../platform/postgres/tables/events.js";
import type { WebhookDeliveriesTable, WebhooksTable } from "../../platform/postgres/tables/webhooks.js";
import type { Detail } from "../audit/model.js";
import type { StoredEvent } from "../event/model.js";
import {
  type Delivery,
  type DeliveryState,
  type DisabledReason,
  deliveryStateNumbers,
  disabledReasonNumbers,
  type Webhook,
} from "./model.js";

export type WebhookRow = Selectable<WebhooksTable>;
export type DeliveryRow = Selectable<WebhookDeliveriesTable> &
  Omit<Selectable<EventsTable>, "project_id"> & { readonly webhook_term: number };

/** Why nothing more comes of what was pending when its webhook was switched off. */
export const switchedOff = "the webhook was switched off";

export function webhookOf(row: WebhookRow): Webhook {
  return {
    projectId: row.project_id,
    publicId: row.public_id,
    url: row.url,
    eventTypes: row.event_types,
    description: row.description,
    disabledReason: nameOf(disabledReasonNumbers, row.disabled_reason),
    term: row.term,
    secret: row.secret,
    previousSecret: row.previous_secret ?? undefined,
    previousSecretExpiresAt: row.previous_secret_expires_at ?? undefined,
    failingSince: row.failing_since ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function deliveryOf(row: DeliveryRow): Delivery {
  const event: StoredEvent = {
    projectId: row.project_id,
    publicId: row.public_id,
    type: row.type,
    resourceId: row.resource_id,
    sequence: row.sequence,
    occurredAt: row.occurred_at,
    detail: row.detail as Detail,
  };
  const state = nameOf(deliveryStateNumbers, row.state) ?? "pending";
  const isOver = state === "pending" && row.term !== row.webhook_term;
  return {
    webhookId: row.webhook_id,
    event,
    state: isOver ? "failed" : state,
    attempts: row.attempts,
    lastStatus: row.last_status ?? undefined,
    lastError: isOver ? switchedOff : row.last_error,
    lastAttemptAt: row.last_attempt_at ?? undefined,
    nextAttemptAt: isOver ? undefined : (row.next_attempt_at ?? undefined),
  };
}

function nameOf<Name extends DisabledReason | DeliveryState>(
  numbers: Readonly<Record<Name, number>>,
  stored: number | null,
): Name | undefined {
  return (Object.keys(numbers) as Name[]).find((name) => numbers[name] === stored);
}
