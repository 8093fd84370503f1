import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DeliveryState } from "../../../gen/altalune/v1/webhook_pb.js";
import type { DueDelivery } from "../../../src/domain/webhook/model.js";
import type { DeliveryService } from "../../../src/domain/webhook/service/delivery.js";
import { setClockAhead } from "../../support/clock.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { addWhileTaken } from "../../support/taken-jobs.js";
import { holdAnswers, startWebhookReceiver, type WebhookReceiver } from "../../support/webhook-receiver.js";
import { deliveriesOf, deliveryJobs, newDueDelivery } from "../../support/webhooks.js";

/** The jobs of this file are run by it, one at a time. */
let altalune: TestInstance;
let deliveries: DeliveryService;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  deliveries = await deliveriesOf(altalune);
});
afterEach(() => setClockAhead(altalune.db, 0));
afterAll(() => altalune.stop());

const newDelivery = ({ url }: WebhookReceiver) => newDueDelivery(altalune, url);

async function deliveryOf(place: { readonly projectId: string; readonly webhookId: string; readonly eventId: string }) {
  const { data } = await altalune.clients.webhooks.queryDeliveries(place);
  return data.find(({ eventId }) => eventId === place.eventId);
}

test("a job whose delivery has been attempted since does nothing, and does not move the next attempt", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(500).end());
  const { job, ...place } = await newDelivery(receiver);
  await deliveries.attempt(job);
  const after = await deliveryOf(place);
  expect(after).toMatchObject({ attempts: 1, state: DeliveryState.PENDING });
  await deliveries.attempt(job);
  expect(receiver.received).toHaveLength(1);
  expect(await deliveryOf(place)).toEqual(after);

  // While the endpoint is busy such a job is not put off either, but forgotten.
  const held = holdAnswers(receiver);
  const { delivery } = await altalune.clients.webhooks.sendTestEvent(place);
  const other = (await deliveryJobs(altalune.db, place.webhookId)).find((one) => one.eventId === delivery?.eventId);
  const attempt = deliveries.attempt(other as DueDelivery);
  await receiver.has(2);
  await deliveries.attempt(job);
  expect(await deliveryOf(place)).toEqual(after);
  held.release(204);
  await attempt;
});

test("a second job of what is under way neither sends it again nor lets anybody else", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(500).end());
  const { projectId, webhookId, job: failing } = await newDelivery(receiver);
  // One that fails is sent a single event at a time.
  await deliveries.attempt(failing);
  const held = holdAnswers(receiver);
  const { delivery } = await altalune.clients.webhooks.sendTestEvent({ projectId, webhookId });
  const eventId = delivery?.eventId ?? "";
  const job = (await deliveryJobs(altalune.db, webhookId)).find((one) => one.eventId === eventId) as DueDelivery;
  const attempt = deliveries.attempt(job);
  await receiver.has(2);
  await deliveries.attempt(job);
  const elsewhere = await deliveriesOf(altalune);
  await elsewhere.attempt(job);
  expect(receiver.received).toHaveLength(2);
  held.release(204);
  await attempt;
  expect(await deliveryOf({ projectId, webhookId, eventId })).toMatchObject({
    attempts: 1,
    state: DeliveryState.SUCCEEDED,
  });
});

test("however often a delivery is found to be due, one job waits for it, and that one sends it", async () => {
  await using receiver = await startWebhookReceiver();
  const { job: first, ...place } = await newDelivery(receiver);
  for (const seconds of [20, 60, 100]) {
    await setClockAhead(altalune.db, seconds * 1_000);
    await deliveries.addDueJobs(100);
    expect(await deliveryJobs(altalune.db, place.webhookId)).toHaveLength(1);
  }
  const [last] = await deliveryJobs(altalune.db, place.webhookId);
  await deliveries.attempt(first);
  expect(receiver.received).toHaveLength(0);
  await deliveries.attempt(last as DueDelivery);
  expect(receiver.received).toHaveLength(1);
  expect(await deliveryOf(place)).toMatchObject({ attempts: 1, state: DeliveryState.SUCCEEDED });
});

test("a delivery that is found to be due while a worker takes its last job has another", async () => {
  await using receiver = await startWebhookReceiver();
  const { job: first, ...place } = await newDelivery(receiver);
  await setClockAhead(altalune.db, 20_000);
  await addWhileTaken(altalune, () => deliveries.addDueJobs(100));
  const [taken, other, ...more] = await deliveryJobs(altalune.db, place.webhookId);
  expect(more).toEqual([]);
  expect(taken).toEqual(first);
  await deliveries.attempt(other as DueDelivery);
  expect(receiver.received).toHaveLength(1);
});

test("an event that is asked for again while its last attempt is under way is sent again, and the webhook stays on", async () => {
  await using receiver = await startWebhookReceiver();
  const { job, ...place } = await newDelivery(receiver);
  await sql`update altalune_webhook_deliveries set attempts = 9 where event_id = ${place.eventId}`.execute(altalune.db);
  const held = holdAnswers(receiver);
  const attempt = deliveries.attempt(job);
  await receiver.has(1);
  await altalune.clients.webhooks.redeliverEvent(place);
  held.release(500);
  await attempt;
  const { webhook } = await altalune.clients.webhooks.getWebhook(place);
  expect(webhook).toMatchObject({ enabled: true });
  expect(await deliveryOf(place)).toMatchObject({ attempts: 0, state: DeliveryState.PENDING });
  receiver.answerWith((response) => void response.writeHead(204).end());
  const [again] = await deliveryJobs(altalune.db, place.webhookId);
  await deliveries.attempt(again as DueDelivery);
  expect(await deliveryOf(place)).toMatchObject({ attempts: 1, state: DeliveryState.SUCCEEDED });
});

test("the jobs of a process that ended, which others have taken over, are not left behind as failed", async () => {
  await using receiver = await startWebhookReceiver();
  const { webhookId, job } = await newDelivery(receiver);
  await sql`
    update altalune_jobs._private_jobs set locked_at = now() - interval '1 hour', locked_by = 'ended', attempts = 1
    where payload ->> 'webhookId' = ${webhookId}
  `.execute(altalune.db);
  await setClockAhead(altalune.db, 120_000);
  await deliveries.addDueJobs(100);
  await altalune.services.jobQueue.releaseAbandoned();
  const jobs = await deliveryJobs(altalune.db, webhookId);
  expect(jobs).toHaveLength(1);
  expect(jobs).not.toContainEqual(job);
});

test("a secret that cannot be opened is a failed attempt, and nothing is sent", async () => {
  await using receiver = await startWebhookReceiver();
  const { job, ...place } = await newDelivery(receiver);
  await sql`update altalune_webhooks set secret = '\\x00' where public_id = ${place.webhookId}`.execute(altalune.db);
  await deliveries.attempt(job);
  expect(receiver.received).toEqual([]);
  const failed = await deliveryOf(place);
  expect(failed?.lastStatus).toBeUndefined();
  expect(failed).toMatchObject({
    attempts: 1,
    state: DeliveryState.PENDING,
    lastError: "the webhook's secret could not be opened: rotate it",
  });
});
