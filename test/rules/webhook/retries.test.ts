import { timestampDate } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeliveryState, WebhookDisabledReason } from "../../../gen/altalune/v1/webhook_pb.js";
import type { DeliveryService } from "../../../src/domain/webhook/service/delivery.js";
import { stopClockAt } from "../../support/clock.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { startWebhookReceiver } from "../../support/webhook-receiver.js";
import { deliveriesOf, deliveryJobs, newDueDelivery } from "../../support/webhooks.js";

/** 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: as docs/webhooks.md has it. */
const scheduleSeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const jitter = 0.1;

let altalune: TestInstance;
let deliveries: DeliveryService;
beforeAll(async () => {
  // The attempts of this file are its own.
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
  deliveries = await deliveriesOf(altalune);
});
afterAll(() => altalune.stop());

test("what fails is attempted ten times, at the times of the schedule and no earlier, and then its webhook is off", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(503).end());
  const { projectId, webhookId, eventId } = await newDueDelivery(altalune, receiver.url);
  const { webhooks, audit } = altalune.clients;
  const delivery = async () => (await webhooks.queryDeliveries({ projectId, webhookId })).data[0];
  const attemptDue = async () => {
    await deliveries.addDueJobs(100);
    for (const job of await deliveryJobs(altalune.db, webhookId)) {
      await deliveries.attempt(job);
    }
  };
  let now = Date.now();
  await stopClockAt(altalune.db, new Date(now));
  await attemptDue();
  for (const [retries, seconds] of scheduleSeconds.entries()) {
    const { attempts, nextAttemptAt } = (await delivery()) ?? {};
    expect(attempts).toBe(retries + 1);
    const due = nextAttemptAt === undefined ? Number.NaN : timestampDate(nextAttemptAt).getTime();
    expect((due - now) / 1_000).toBeGreaterThanOrEqual(seconds - 0.001);
    expect((due - now) / 1_000).toBeLessThanOrEqual(seconds * (1 + jitter) + 0.001);
    await stopClockAt(altalune.db, new Date(due - 1));
    await attemptDue();
    expect(receiver.received).toHaveLength(retries + 1);
    now = due;
    await stopClockAt(altalune.db, new Date(now));
    await attemptDue();
    expect(receiver.received).toHaveLength(retries + 2);
  }
  expect(await delivery()).toMatchObject({ state: DeliveryState.FAILED, attempts: 10, lastStatus: 503 });
  expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(Array(10).fill(eventId));
  const { webhook } = await webhooks.getWebhook({ projectId, webhookId });
  expect(webhook).toMatchObject({ enabled: false, disabledReason: WebhookDisabledReason.FAILING });
  const query = { filters: { action: { values: ["webhook.disabled"] } } };
  expect((await audit.queryAuditEvents({ projectId, query })).data).toMatchObject([
    { resourceId: webhookId, detail: { reason: "failing", status: 503 } },
  ]);
});

test("a webhook that takes nothing for four days is off, whichever events were attempted; one success begins anew", async () => {
  await using receiver = await startWebhookReceiver();
  const { projectId, webhookId } = await newDueDelivery(altalune, receiver.url);
  const { webhooks } = altalune.clients;
  const begin = Date.now();
  const attemptAnotherAt = async (hours: number, status: number) => {
    await stopClockAt(altalune.db, new Date(begin + hours * 3_600_000));
    receiver.answerWith((response) => void response.writeHead(status).end());
    const { delivery } = await webhooks.sendTestEvent({ projectId, webhookId });
    for (const job of await deliveryJobs(altalune.db, webhookId)) {
      await deliveries.attempt(job);
    }
    const listed = await webhooks.queryDeliveries({ projectId, webhookId });
    expect(listed.data.find(({ eventId }) => eventId === delivery?.eventId)?.attempts).toBe(1);
    return (await webhooks.getWebhook({ projectId, webhookId })).webhook;
  };
  expect(await attemptAnotherAt(0, 503)).toMatchObject({ enabled: true });
  expect(await attemptAnotherAt(95, 503)).toMatchObject({ enabled: true });
  expect(await attemptAnotherAt(95.5, 200)).toMatchObject({ enabled: true });
  expect(await attemptAnotherAt(97, 503)).toMatchObject({ enabled: true });
  const { etag } = (await webhooks.getWebhook({ projectId, webhookId })).webhook ?? {};
  expect(await attemptAnotherAt(192, 503)).toMatchObject({ enabled: true, etag });
  expect(await attemptAnotherAt(193.1, 503)).toMatchObject({
    enabled: false,
    disabledReason: WebhookDisabledReason.FAILING,
  });
  // Whoever switches it on again has four days more.
  await webhooks.updateWebhook({ projectId, webhookId, enabled: true });
  expect(await attemptAnotherAt(193.2, 503)).toMatchObject({ enabled: true });
});
