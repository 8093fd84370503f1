import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { DueDelivery } from "../../../src/domain/webhook/model.js";
import type { DeliveryService } from "../../../src/domain/webhook/service/delivery.js";
import { setClockAhead } from "../../support/clock.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { holdAnswers, startWebhookReceiver } from "../../support/webhook-receiver.js";
import { deliveriesOf, deliveryJobs, newWebhook, nowhere } from "../../support/webhooks.js";

/** The jobs of this file are run by it, one at a time. */
let altalune: TestInstance;
let deliveries: DeliveryService;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  deliveries = await deliveriesOf(altalune);
});
afterEach(async () => {
  await setClockAhead(altalune.db, 0);
  await sql`truncate altalune_webhook_deliveries, altalune_jobs._private_jobs`.execute(altalune.db);
});
afterAll(() => altalune.stop());

/** Webhooks of one project, each with so many events that are to be delivered, and the jobs of these. */
async function newBacklog(url: string, webhooks: number, events: number) {
  const projectId = await newProject(altalune.clients);
  const jobs: DueDelivery[] = [];
  for (let i = 0; i < webhooks; i++) {
    const { webhookId } = await newWebhook(altalune.clients, projectId, url);
    for (let j = 1; j < events; j++) {
      await altalune.clients.webhooks.sendTestEvent({ projectId, webhookId });
    }
    jobs.push(...(await deliveryJobs(altalune.db, webhookId)));
  }
  return jobs;
}

test("slow endpoints of one project leave room for those of others", async () => {
  await using slow = await startWebhookReceiver();
  await using quick = await startWebhookReceiver();
  const held = holdAnswers(slow);
  const jobs = await newBacklog(slow.url, 3, 8);
  const over = new Set<DueDelivery>();
  const attempts = jobs.map((job) => deliveries.attempt(job).then(() => over.add(job)));
  await expect.poll(() => over.size).toBe(8);
  await slow.has(16);
  const [other] = await newBacklog(quick.url, 1, 1);
  await deliveries.attempt(other as DueDelivery);
  expect(quick.received).toHaveLength(1);
  expect(slow.received).toHaveLength(16);
  held.release(204);
  await Promise.all(attempts);

  // Those that were put off have not been attempted yet, and come again all the same.
  await setClockAhead(altalune.db, 3_000);
  expect(await deliveries.addDueJobs(100)).toBe(8);
});

test("a webhook to which much is due does not hold up others", async () => {
  const [many] = await newBacklog(nowhere, 1, 1);
  const [one] = await newBacklog(nowhere, 1, 1);
  await sql`
    insert into altalune_webhook_deliveries (project_id, webhook_id, event_id, next_attempt_at, created_at)
    select project_id, webhook_id, event_id || i, next_attempt_at - interval '1 hour', created_at - interval '1 hour'
    from altalune_webhook_deliveries, generate_series(1, 300) as i where webhook_id = ${many?.webhookId ?? ""}
  `.execute(altalune.db);
  await setClockAhead(altalune.db, 60_000);
  expect(await deliveries.addDueJobs(100)).toBe(100);
  const [job] = await deliveryJobs(altalune.db, one?.webhookId ?? "");
  expect(job?.dueAt).not.toEqual(one?.dueAt);
  // Nothing is forgotten of the others.
  for (let seconds = 62; seconds < 90; seconds += 2) {
    await setClockAhead(altalune.db, seconds * 1_000);
    await deliveries.addDueJobs(100);
  }
  expect(await deliveryJobs(altalune.db, many?.webhookId ?? "")).toHaveLength(301);
});
