import { type Kysely, sql } from "kysely";
import { createServices } from "../../src/app/context.js";
import type { DueDelivery } from "../../src/domain/webhook/model.js";
import type { DeliveryService } from "../../src/domain/webhook/service/delivery.js";
import { parseRanges } from "../../src/platform/address-ranges.js";
import { type ResolveName, systemResolve } from "../../src/platform/egress/look-ups.js";
import { MasterKey } from "../../src/platform/master-key.js";
import type { Database } from "../../src/platform/postgres/database.js";
import { newProject } from "./fixtures.js";
import type { Clients, TestInstance } from "./instance.js";

/** Where nobody listens, and no name server knows of anything. */
export const nowhere = "https://hooks.invalid/altalune";

export interface TestWebhook {
  readonly webhookId: string;
  /** An event that it was told of. */
  readonly eventId: string;
  readonly secret: string;
}

/** A webhook that leads nowhere, and an event on its way there. */
export async function newWebhook({ webhooks }: Clients, projectId: string, url = nowhere): Promise<TestWebhook> {
  const { webhook, secret } = await webhooks.createWebhook({ projectId, url });
  const webhookId = webhook?.id ?? "";
  const { delivery } = await webhooks.sendTestEvent({ projectId, webhookId });
  return { webhookId, eventId: delivery?.eventId ?? "", secret };
}

/** A project with a webhook that has an event on its way to a receiver, and the job of that. */
export async function newDueDelivery({ clients, db }: Pick<TestInstance, "clients" | "db">, url: string) {
  const projectId = await newProject(clients);
  const { webhookId, eventId } = await newWebhook(clients, projectId, url);
  const [job] = await deliveryJobs(db, webhookId);
  return { projectId, webhookId, eventId, job: job as DueDelivery };
}

/** The jobs that wait to deliver something to a webhook, where no process runs them. */
export async function deliveryJobs(db: Kysely<Database>, webhookId: string): Promise<readonly DueDelivery[]> {
  const { rows } = await sql<{ payload: Record<"projectId" | "webhookId" | "eventId" | "dueAt", string> }>`
    select payload from altalune_jobs._private_jobs where payload ->> 'webhookId' = ${webhookId} order by id
  `.execute(db);
  return rows.map(({ payload: { projectId, eventId, dueAt } }) => ({
    projectId: BigInt(projectId),
    webhookId,
    eventId,
    dueAt: new Date(dueAt),
  }));
}

/** What sends the events of an instance that runs no jobs, also to this machine. */
export async function deliveriesOf(
  { db, masterKey }: TestInstance,
  resolveName: ResolveName = systemResolve,
): Promise<DeliveryService> {
  const services = await createServices({
    db,
    masterKey: new MasterKey(Buffer.from(masterKey, "base64")),
    environmentKey: undefined,
    webhookAllow: parseRanges("loopback") ?? [],
    resolveName,
  });
  return services.deliveries;
}
