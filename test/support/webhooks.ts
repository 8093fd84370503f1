import type { Clients } from "./instance.js";

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
