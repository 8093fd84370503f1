import { sql } from "kysely";
import type { Executor } from "../../platform/postgres/database.js";
import { type Delivery, type DeliveryPlace, deliveryStateNumbers } from "./model.js";
import { deliveryOf } from "./row.js";

/** Beside those of the delivery itself. */
export const otherColumns = [
  "event.public_id",
  "event.type",
  "event.resource_id",
  "event.sequence",
  "event.occurred_at",
  "event.detail",
  "webhook.term as webhook_term",
] as const;

/** The state of a delivery that `selectDeliveries` finds: what was pending when its webhook was switched off has failed. */
export const stateNow = sql<number>`
  case when delivery.state = ${sql.lit(deliveryStateNumbers.pending)} and delivery.term <> webhook.term
    then ${sql.lit(deliveryStateNumbers.failed)} else delivery.state end
`;

export function selectDeliveries(db: Executor) {
  return db
    .selectFrom("altalune_webhook_deliveries as delivery")
    .innerJoin("altalune_events as event", (join) =>
      join.onRef("event.project_id", "=", "delivery.project_id").onRef("event.public_id", "=", "delivery.event_id"),
    )
    .innerJoin("altalune_webhooks as webhook", (join) =>
      join
        .onRef("webhook.project_id", "=", "delivery.project_id")
        .onRef("webhook.public_id", "=", "delivery.webhook_id"),
    );
}

export async function findDelivery(
  db: Executor,
  { projectId, webhookId, eventId }: DeliveryPlace,
): Promise<Delivery | undefined> {
  const row = await selectDeliveries(db)
    .selectAll("delivery")
    .select(otherColumns)
    .where("delivery.project_id", "=", projectId)
    .where("delivery.webhook_id", "=", webhookId)
    .where("delivery.event_id", "=", eventId)
    .executeTakeFirst();
  return row && deliveryOf(row);
}
