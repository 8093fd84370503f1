import type { Executor } from "../../platform/postgres/database.js";
import type { Delivery, DeliveryPlace } from "./model.js";
import { deliveryOf } from "./row.js";

export const eventColumns = [
  "event.public_id",
  "event.type",
  "event.resource_id",
  "event.sequence",
  "event.occurred_at",
  "event.detail",
] as const;

export function selectDeliveries(db: Executor) {
  return db
    .selectFrom("altalune_webhook_deliveries as delivery")
    .innerJoin("altalune_events as event", (join) =>
      join.onRef("event.project_id", "=", "delivery.project_id").onRef("event.public_id", "=", "delivery.event_id"),
    );
}

export async function findDelivery(
  db: Executor,
  { projectId, webhookId, eventId }: DeliveryPlace,
): Promise<Delivery | undefined> {
  const row = await selectDeliveries(db)
    .selectAll("delivery")
    .select(eventColumns)
    .where("delivery.project_id", "=", projectId)
    .where("delivery.webhook_id", "=", webhookId)
    .where("delivery.event_id", "=", eventId)
    .executeTakeFirst();
  return row && deliveryOf(row);
}
