import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DeliveryState } from "../../../gen/altalune/v1/webhook_pb.js";
import type { DeliveryService } from "../../../src/domain/webhook/service/delivery.js";
import { setClockAhead } from "../../support/clock.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
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

async function newPending({ url }: WebhookReceiver) {
  const { eventId, job, ...place } = await newDueDelivery(altalune, url);
  return { place, eventId, job };
}

/** The states in which its deliveries are stored. */
async function stored(webhookId: string): Promise<readonly number[]> {
  const rows = await altalune.db
    .selectFrom("altalune_webhook_deliveries")
    .select("state")
    .where("webhook_id", "=", webhookId)
    .execute();
  return rows.map(({ state }) => state);
}

/** Attempts all that jobs are there for, and what the next look finds. */
async function attemptAll(webhookId: string): Promise<void> {
  for (const job of await deliveryJobs(altalune.db, webhookId)) {
    await deliveries.attempt(job);
  }
  await setClockAhead(altalune.db, 20_000);
  await deliveries.addDueJobs(100);
  for (const job of await deliveryJobs(altalune.db, webhookId)) {
    await deliveries.attempt(job);
  }
}

const off = async (place: { readonly projectId: string; readonly webhookId: string }) =>
  void (await altalune.clients.webhooks.updateWebhook({ ...place, enabled: false }));
const gone = async (place: { readonly projectId: string; readonly webhookId: string }) =>
  void (await altalune.clients.webhooks.deleteWebhook(place));

describe.each([
  ["switched off", off, [DeliveryState.FAILED, DeliveryState.FAILED]],
  ["deleted", gone, []],
] as const)("a webhook that is %s", (_what, end, left) => {
  test("is sent nothing that is told at the same time, nor what waited", async () => {
    await using receiver = await startWebhookReceiver();
    const { place, job } = await newPending(receiver);
    await altalune.db.transaction().execute(async (tx) => {
      await altalune.services.events.tellTest(tx, job.projectId, place.webhookId, {}, new Date());
      await end(place);
    });
    expect(await deliveryJobs(altalune.db, place.webhookId)).toHaveLength(2);
    await attemptAll(place.webhookId);
    expect(receiver.received).toEqual([]);
    expect(await stored(place.webhookId)).toEqual(left);
  });

  test("is so at once, whatever is under way to it", async () => {
    await using receiver = await startWebhookReceiver();
    const { place } = await newPending(receiver);
    await altalune.db.transaction().execute(async (tx) => {
      await tx
        .selectFrom("altalune_webhook_deliveries")
        .select("id")
        .where("webhook_id", "=", place.webhookId)
        .forUpdate()
        .execute();
      await end(place);
    });
  });
});

test("what waited for a webhook that was switched off has failed, also after it is on again", async () => {
  await using receiver = await startWebhookReceiver();
  const { place, eventId } = await newPending(receiver);
  const { webhooks } = altalune.clients;
  const states = ["DELIVERY_STATE_PENDING", "DELIVERY_STATE_FAILED"];
  const listed = () =>
    Promise.all(
      states.map(async (state) => {
        const { data } = await webhooks.queryDeliveries({
          ...place,
          query: { filters: { state: { values: [state] } } },
        });
        return data.map(({ eventId: id, lastError, nextAttemptAt }) => [id, lastError, nextAttemptAt]);
      }),
    );
  const over = [[], [[eventId, "the webhook was switched off", undefined]]];
  await off(place);
  expect(await listed()).toEqual(over);
  await webhooks.updateWebhook({ ...place, enabled: true });
  expect(await listed()).toEqual(over);
  await attemptAll(place.webhookId);
  expect(await listed()).toEqual(over);
  expect(receiver.received).toEqual([]);
  expect(await stored(place.webhookId)).toEqual([DeliveryState.FAILED]);

  // To be asked for again is another matter.
  const { delivery } = await webhooks.redeliverEvent({ ...place, eventId });
  expect(delivery).toMatchObject({ state: DeliveryState.PENDING, attempts: 0 });
  await attemptAll(place.webhookId);
  expect(receiver.received).toHaveLength(1);
});

/** A webhook that was switched off and on again before what was sent to it is answered with a status. */
async function switchedMeanwhile(receiver: WebhookReceiver, status: number) {
  const { place, job } = await newPending(receiver);
  const held = holdAnswers(receiver);
  const attempt = deliveries.attempt(job);
  await receiver.has(1);
  await off(place);
  await altalune.clients.webhooks.updateWebhook({ ...place, enabled: true });
  held.release(status);
  await attempt;
  return place;
}

test("a webhook that was switched on again is not switched off by what was sent to it before", async () => {
  await using receiver = await startWebhookReceiver();
  const place = await switchedMeanwhile(receiver, 410);
  const { webhook } = await altalune.clients.webhooks.getWebhook(place);
  expect(webhook?.enabled).toBe(true);
  expect(await stored(place.webhookId)).toEqual([DeliveryState.FAILED]);
});

function failingSince(webhookId: string) {
  return altalune.db
    .selectFrom("altalune_webhooks")
    .select("failing_since")
    .where("public_id", "=", webhookId)
    .executeTakeFirst();
}

test("a webhook that was switched on again does not fail since what was sent to it before has failed", async () => {
  await using receiver = await startWebhookReceiver();
  const place = await switchedMeanwhile(receiver, 503);
  expect(await failingSince(place.webhookId)).toEqual({ failing_since: null });

  // What is sent to it from now on counts.
  await altalune.clients.webhooks.sendTestEvent(place);
  await attemptAll(place.webhookId);
  expect(await failingSince(place.webhookId)).toEqual({ failing_since: expect.any(Date) });
});

test("an event that was taken, and that the webhook fails no longer, are noted together or not at all", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(503).end());
  const { place } = await newPending(receiver);
  await attemptAll(place.webhookId);
  expect(await failingSince(place.webhookId)).toEqual({ failing_since: expect.any(Date) });

  receiver.answerWith((response) => void response.writeHead(200).end());
  await sql`
    alter table altalune_webhooks add constraint broken
    check (public_id <> ${sql.lit(place.webhookId)} or failing_since is not null)
  `.execute(altalune.db);
  await altalune.clients.webhooks.sendTestEvent(place);
  await expect(attemptAll(place.webhookId)).rejects.toThrow(/broken/);
  expect(new Set(await stored(place.webhookId))).toEqual(new Set([DeliveryState.PENDING]));
  await sql`alter table altalune_webhooks drop constraint broken`.execute(altalune.db);
});

test("many deliveries that are over do not keep the others waiting", async () => {
  await using receiver = await startWebhookReceiver();
  const { place } = await newPending(receiver);
  await sql`
    insert into altalune_webhook_deliveries (project_id, webhook_id, event_id, next_attempt_at)
    select project_id, webhook_id, event_id || i, next_attempt_at - interval '1 hour'
    from altalune_webhook_deliveries, generate_series(1, 300) as i where webhook_id = ${place.webhookId}
  `.execute(altalune.db);
  await gone(place);
  const other = await newPending(receiver);
  await setClockAhead(altalune.db, 20_000);
  await deliveries.addDueJobs(20);
  expect((await deliveryJobs(altalune.db, other.place.webhookId)).map(({ dueAt }) => dueAt)).not.toEqual([
    other.job.dueAt,
  ]);
  expect(await stored(place.webhookId)).toEqual([]);
});
