import { sql } from "kysely";
import { addDeliveryJob } from "../../../platform/jobs/deliver-event.js";
import { after } from "../../../platform/postgres/after.js";
import type { Executor } from "../../../platform/postgres/database.js";
import type { WebhookStore } from "../interface.js";
import { type DeliveryPlace, deliveryStateNumbers } from "../model.js";
import { findDelivery } from "../query.js";
import { switchedOff, type WebhookRow, webhookOf } from "../row.js";

const { pending, failed } = deliveryStateNumbers;

const isItsWebhook = sql`webhook.project_id = delivery.project_id and webhook.public_id = delivery.webhook_id`;

/** How many times as many deliveries are looked at as are given jobs, to find those of many webhooks. */
const lookedAt = 4;
/** How many deliveries of one webhook are given jobs at once. */
const ofWebhook = 100;

/**
 * How deliveries come to be attempted, each by one at a time. A job is good for the time at which the delivery was due when the job was
 * added: whatever happens to a delivery moves that, and its older jobs do nothing. Whoever attempts it is known by the end of its claim.
 */
export const dueDeliveries: Pick<
  WebhookStore,
  "askAgain" | "addDueJobs" | "claim" | "postpone" | "giveBack" | "settle" | "markFailing"
> = {
  async askAgain(db, place) {
    const { rows } = await sql`
      with due as (
        update altalune_webhook_deliveries as delivery
        set
          state = ${pending}, term = webhook.term, attempts = 0, claimed_until = null, next_attempt_at = altalune_now()
        from altalune_webhooks as webhook
        where ${isDelivery(place)} and ${isItsWebhook}
        returning delivery.project_id, delivery.webhook_id, delivery.event_id, delivery.next_attempt_at
      )
      select ${addDeliveryJob} from due
    `.execute(db);
    return rows.length > 0;
  },

  async addDueJobs(db, limit) {
    // On the index of what is pending. What is new has a job from the transaction that told it; what is given one here is left alone for
    // a while, in which that should come to it. Of many that are due, each webhook's come in turn, and the others are put off by as many
    // seconds as they have to wait at least, so that those of others are found behind them.
    const { rows } = await sql<{ added: bigint; ended: bigint }>`
      with found as (
        select
          delivery.project_id, delivery.webhook_id, delivery.event_id, delivery.next_attempt_at,
          webhook.term is not null as has_webhook,
          coalesce(webhook.term = delivery.term and webhook.disabled_reason is null, false) as is_live
        from altalune_webhook_deliveries as delivery left join altalune_webhooks as webhook on ${isItsWebhook}
        where state = ${pending} and next_attempt_at <= altalune_now()
          and (
            attempts > 0 or next_attempt_at > delivery.created_at
            or next_attempt_at <= altalune_now() - interval '10 seconds'
          )
          and (claimed_until is null or claimed_until <= altalune_now())
        order by next_attempt_at limit ${limit * lookedAt} for update of delivery skip locked
      ), deleted as (
        delete from altalune_webhook_deliveries as delivery using found
        where not has_webhook and ${isIn("found")}
      ), failed as (
        update altalune_webhook_deliveries as delivery
        set state = ${failed}, next_attempt_at = null, claimed_until = null, last_error = ${switchedOff}
        from found
        where has_webhook and not is_live and ${isIn("found")}
      ), placed as (
        select *, row_number() over (partition by project_id, webhook_id order by next_attempt_at) as place
        from found where is_live
      ), chosen as (
        select
          *, place <= ${ofWebhook} and row_number() over (order by place, next_attempt_at) <= ${limit} as has_turn
        from placed
      ), due as (
        update altalune_webhook_deliveries as delivery
        set next_attempt_at = altalune_now()
          + case when has_turn then interval '30 seconds' else make_interval(secs => 1 + place / ${ofWebhook}) end
        from chosen
        where ${isIn("chosen")}
        returning delivery.project_id, delivery.webhook_id, delivery.event_id, delivery.next_attempt_at, has_turn
      ), added as (
        select ${addDeliveryJob} as job from due where has_turn
      )
      select
        (select count(job) from added) as added, (select count(*) from found where not is_live) as ended
    `.execute(db);
    return { added: Number(rows[0]?.added ?? 0n), ended: Number(rows[0]?.ended ?? 0n) };
  },

  async claim(db, due, claimMs) {
    const { rows } = await sql<WebhookRow & { project_public_id: string; claimed_until: Date; now: Date }>`
      with claimed as (
        update altalune_webhook_deliveries as delivery
        set claimed_until = ${after(claimMs)}
        from altalune_webhooks as webhook
        where ${isDelivery(due)} and ${isItsWebhook} and webhook.term = delivery.term and webhook.disabled_reason is null
          and state = ${pending} and next_attempt_at = ${due.dueAt}
          and (claimed_until is null or claimed_until <= altalune_now())
        returning delivery.project_id, delivery.webhook_id, delivery.claimed_until
      )
      select
        webhook.*, project.public_id as project_public_id, claimed.claimed_until, altalune_now()::timestamptz(3) as now
      from claimed
      join altalune_webhooks as webhook
        on webhook.project_id = claimed.project_id and webhook.public_id = claimed.webhook_id
      join altalune_projects as project on project.id = claimed.project_id
    `.execute(db);
    const [row] = rows;
    const delivery = row && (await findDelivery(db, due));
    return (
      delivery && {
        place: due,
        delivery,
        webhook: webhookOf(row),
        projectPublicId: row.project_public_id,
        claimedUntil: row.claimed_until,
        now: row.now,
      }
    );
  },

  async postpone(db, due, delayMs) {
    await updatePending(db, due)
      .set({ claimed_until: null, next_attempt_at: after(delayMs) })
      .where("next_attempt_at", "=", due.dueAt)
      .where((eb) => eb.or([eb("claimed_until", "is", null), eb("claimed_until", "<=", sql<Date>`altalune_now()`)]))
      .execute();
  },

  async giveBack(db, { place, claimedUntil }, delayMs) {
    await updatePending(db, place)
      .set({ claimed_until: null, next_attempt_at: after(delayMs) })
      .where("claimed_until", "=", claimedUntil)
      .execute();
  },

  async settle(db, { place, claimedUntil }, { status, error }, retryMs) {
    const succeeded = error === "";
    const state = succeeded
      ? deliveryStateNumbers.succeeded
      : retryMs === undefined
        ? deliveryStateNumbers.failed
        : pending;
    const { numUpdatedRows } = await updatePending(db, place)
      .set({
        state,
        attempts: sql<number>`attempts + 1`,
        claimed_until: null,
        next_attempt_at: retryMs === undefined ? null : after(retryMs),
        last_attempt_at: sql<Date>`altalune_now()`,
        last_status: status ?? null,
        last_error: error,
      })
      .where("claimed_until", "=", claimedUntil)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },

  async markFailing(db, { projectId, publicId, term }, isFailing) {
    await db
      .updateTable("altalune_webhooks")
      .set({ failing_since: isFailing ? sql<Date>`altalune_now()` : null })
      .where("project_id", "=", projectId)
      .where("public_id", "=", publicId)
      .where("term", "=", term)
      .where("failing_since", isFailing ? "is" : "is not", null)
      .execute();
  },
};

function isDelivery({ projectId, webhookId, eventId }: DeliveryPlace) {
  return sql`(
    delivery.project_id = ${projectId} and delivery.webhook_id = ${webhookId} and delivery.event_id = ${eventId}
  )`;
}

function isIn(rows: string) {
  return sql`(
    delivery.project_id = ${sql.ref(`${rows}.project_id`)} and delivery.webhook_id = ${sql.ref(`${rows}.webhook_id`)}
    and delivery.event_id = ${sql.ref(`${rows}.event_id`)}
  )`;
}

function updatePending(db: Executor, { projectId, webhookId, eventId }: DeliveryPlace) {
  return db
    .updateTable("altalune_webhook_deliveries")
    .where("project_id", "=", projectId)
    .where("webhook_id", "=", webhookId)
    .where("event_id", "=", eventId)
    .where("state", "=", pending);
}
