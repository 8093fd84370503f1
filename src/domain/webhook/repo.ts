import { type Selectable, sql } from "kysely";
import type { Executor } from "../../platform/postgres/database.js";
import { containing } from "../../platform/postgres/like.js";
import { fetchSlice, type SortColumn } from "../../platform/postgres/slice.js";
import type { EventsTable } from "../../platform/postgres/tables/events.js";
import type { WebhookDeliveriesTable, WebhooksTable } from "../../platform/postgres/tables/webhooks.js";
import type { Detail } from "../audit/model.js";
import type { StoredEvent } from "../event/model.js";
import type { WebhookStore } from "./interface.js";
import {
  type Delivery,
  type DeliveryPlace,
  type DeliveryState,
  type DisabledReason,
  deliveryStateNames,
  deliveryStateNumbers,
  disabledReasonNumbers,
  type Webhook,
  type WebhookPlace,
  type WebhookSort,
} from "./model.js";

type WebhookRow = Selectable<WebhooksTable>;
type DeliveryRow = Selectable<WebhookDeliveriesTable> & Omit<Selectable<EventsTable>, "project_id">;

const changed = { updated_at: sql<Date>`altalune_now()`, version: sql<bigint>`version + 1` };
const after = (ms: number) => sql<Date>`altalune_now() + make_interval(secs => ${ms / 1000})`;
const pending = deliveryStateNumbers.pending;

export const webhookRepo: WebhookStore = {
  async lockCount(db, projectId) {
    await db.selectFrom("altalune_projects").select("id").where("id", "=", projectId).forUpdate().execute();
    const { count } = await db
      .selectFrom("altalune_webhooks")
      .select((eb) => eb.fn.countAll<bigint>().as("count"))
      .where("project_id", "=", projectId)
      .executeTakeFirstOrThrow();
    return Number(count);
  },

  async insert(db, { projectId, publicId, url, eventTypes, description, secret }) {
    const row = await db
      .insertInto("altalune_webhooks")
      .values({
        project_id: projectId,
        public_id: publicId,
        url,
        event_types: [...eventTypes],
        description,
        secret,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return webhookOf(row);
  },

  async find(db, place) {
    const row = await selectOne(db, place).executeTakeFirst();
    return row && webhookOf(row);
  },

  async lock(db, place) {
    const row = await selectOne(db, place).forUpdate().executeTakeFirst();
    return row && webhookOf(row);
  },

  async query(db, projectId, listing) {
    let query = db.selectFrom("altalune_webhooks").where("project_id", "=", projectId);
    if (listing.keyword !== "") {
      const part = containing(listing.keyword);
      query = query.where((eb) =>
        eb.or([eb(sql`url collate "default"`, "ilike", part), eb(sql`description collate "default"`, "ilike", part)]),
      );
    }
    return fetchSlice(db, query, (webhooks) => webhooks.selectAll(), webhookOf, listing, {
      sort: webhookSortColumns[listing.sort.field],
      id: sql.ref<bigint>("id"),
      idOf: (row) => row.id,
    });
  },

  async update(db, { projectId, publicId }, { url, eventTypes, description, disabledReason }) {
    const row = await db
      .updateTable("altalune_webhooks")
      .set({
        ...(url !== undefined && { url }),
        ...(eventTypes && { event_types: [...eventTypes] }),
        ...(description !== undefined && { description }),
        ...(disabledReason !== undefined && {
          disabled_reason: disabledReason && disabledReasonNumbers[disabledReason],
        }),
        ...changed,
      })
      .where("project_id", "=", projectId)
      .where("public_id", "=", publicId)
      .returningAll()
      .executeTakeFirstOrThrow();
    return webhookOf(row);
  },

  async rotateSecret(db, { projectId, publicId }, secret, graceMs) {
    const row = await db
      .updateTable("altalune_webhooks")
      .set({
        previous_secret: graceMs > 0 ? sql<Buffer>`secret` : null,
        previous_secret_expires_at: graceMs > 0 ? after(graceMs) : null,
        secret,
        ...changed,
      })
      .where("project_id", "=", projectId)
      .where("public_id", "=", publicId)
      .returningAll()
      .executeTakeFirstOrThrow();
    return webhookOf(row);
  },

  async delete(db, { projectId, publicId }) {
    await db
      .deleteFrom("altalune_webhook_deliveries")
      .where("project_id", "=", projectId)
      .where("webhook_id", "=", publicId)
      .execute();
    await db
      .deleteFrom("altalune_webhooks")
      .where("project_id", "=", projectId)
      .where("public_id", "=", publicId)
      .execute();
  },

  async failPending(db, { projectId, publicId }, error) {
    await db
      .updateTable("altalune_webhook_deliveries")
      .set({ state: deliveryStateNumbers.failed, next_attempt_at: null, claimed_until: null, last_error: error })
      .where("project_id", "=", projectId)
      .where("webhook_id", "=", publicId)
      .where("state", "=", pending)
      .execute();
  },

  async findDelivery(db, place) {
    const row = await selectDeliveries(db)
      .selectAll("delivery")
      .select(eventColumns)
      .where("delivery.project_id", "=", place.projectId)
      .where("delivery.webhook_id", "=", place.webhookId)
      .where("delivery.event_id", "=", place.eventId)
      .executeTakeFirst();
    return row && deliveryOf(row);
  },

  async queryDeliveries(db, { projectId, publicId }, listing) {
    let query = selectDeliveries(db)
      .where("delivery.project_id", "=", projectId)
      .where("delivery.webhook_id", "=", publicId);
    const states = listing.filters.get("state");
    if (states !== undefined) {
      const numbers = states.map((name) => deliveryStateNumbers[deliveryStateNames.get(name) ?? "pending"]);
      query = query.where("delivery.state", "in", numbers);
    }
    const types = listing.filters.get("event_type");
    if (types !== undefined) {
      query = query.where("event.type", "in", types);
    }
    return fetchSlice(
      db,
      query,
      (deliveries) => deliveries.selectAll("delivery").select(eventColumns),
      deliveryOf,
      listing,
      {
        sort: {
          column: sql.ref("delivery.created_at"),
          type: "timestamptz",
          value: (row: DeliveryRow) => row.created_at.toISOString(),
        },
        id: sql.ref<bigint>("delivery.id"),
        idOf: (row: DeliveryRow) => row.id,
      },
    );
  },

  async askAgain(db, place) {
    const { rows } = await sql`
      with due as (
        update altalune_webhook_deliveries
        set state = ${pending}, attempts = 0, claimed_until = null, next_attempt_at = altalune_now()
        where project_id = ${place.projectId} and webhook_id = ${place.webhookId} and event_id = ${place.eventId}
        returning project_id, webhook_id, event_id
      )
      select ${addJob} from due
    `.execute(db);
    return rows.length > 0;
  },

  async addDueJobs(db, limit) {
    // On the index of what is pending. What is new has a job from the transaction that told it; what is given one here is left alone for
    // a while, in which that should come to it.
    const { rows } = await sql`
      with due as (
        update altalune_webhook_deliveries as delivery
        set next_attempt_at = altalune_now() + interval '30 seconds'
        from (
          select project_id, webhook_id, event_id from altalune_webhook_deliveries
          where state = ${pending} and next_attempt_at <= altalune_now()
            and (attempts > 0 or next_attempt_at <= altalune_now() - interval '10 seconds')
            and (claimed_until is null or claimed_until <= altalune_now())
          order by next_attempt_at limit ${limit} for update skip locked
        ) as found
        where delivery.project_id = found.project_id and delivery.webhook_id = found.webhook_id
          and delivery.event_id = found.event_id
        returning delivery.project_id, delivery.webhook_id, delivery.event_id
      )
      select ${addJob} from due
    `.execute(db);
    return rows.length;
  },

  async claim(db, place, claimMs) {
    const { rows } = await sql<WebhookRow & { project_public_id: string; now: Date }>`
      with claimed as (
        update altalune_webhook_deliveries
        set claimed_until = ${after(claimMs)}
        where project_id = ${place.projectId} and webhook_id = ${place.webhookId} and event_id = ${place.eventId}
          and state = ${pending} and (claimed_until is null or claimed_until <= altalune_now())
        returning project_id, webhook_id
      )
      select webhook.*, project.public_id as project_public_id, altalune_now()::timestamptz(3) as now
      from claimed
      join altalune_webhooks as webhook
        on webhook.project_id = claimed.project_id and webhook.public_id = claimed.webhook_id
      join altalune_projects as project on project.id = claimed.project_id
    `.execute(db);
    const [row] = rows;
    const delivery = row && (await this.findDelivery(db, place));
    return delivery && { delivery, webhook: webhookOf(row), projectPublicId: row.project_public_id, now: row.now };
  },

  async postpone(db, place, delayMs) {
    await updateDelivery(db, place)
      .set({ claimed_until: null, next_attempt_at: after(delayMs) })
      .execute();
  },

  async settle(db, place, { status, error }, retryMs) {
    const succeeded = error === "";
    const state = succeeded
      ? deliveryStateNumbers.succeeded
      : retryMs === undefined
        ? deliveryStateNumbers.failed
        : pending;
    await updateDelivery(db, place)
      .set({
        state,
        attempts: sql<number>`attempts + 1`,
        claimed_until: null,
        next_attempt_at: retryMs === undefined ? null : after(retryMs),
        last_attempt_at: sql<Date>`altalune_now()`,
        last_status: status ?? null,
        last_error: error,
      })
      .where("state", "=", pending)
      .execute();
  },

  async lockOthers(db, masterKeyId, limit) {
    const isOther = (column: string) =>
      sql<boolean>`substring(${sql.ref(column)} from 1 for ${sql.lit(masterKeyId.length)}) <> ${masterKeyId}`;
    const rows = await db
      .selectFrom("altalune_webhooks")
      .selectAll()
      .where((eb) => eb.or([isOther("secret"), isOther("previous_secret")]))
      .orderBy("project_id")
      .orderBy("public_id")
      .limit(limit)
      .forUpdate()
      .execute();
    return rows.map(webhookOf);
  },

  async replaceSecrets(db, { projectId, publicId, secret, previousSecret }) {
    await db
      .updateTable("altalune_webhooks")
      .set({ secret, previous_secret: previousSecret ?? null })
      .where("project_id", "=", projectId)
      .where("public_id", "=", publicId)
      .execute();
  },
};

/** In a statement whose rows name deliveries. */
const addJob = sql`
  altalune_jobs.add_job(
    'deliver_event',
    json_build_object('projectId', project_id::text, 'webhookId', webhook_id, 'eventId', event_id),
    max_attempts => 5
  )
`;

const webhookSortColumns: Readonly<Record<WebhookSort, SortColumn<WebhookRow>>> = {
  created_at: { column: sql.ref("created_at"), type: "timestamptz", value: (row) => row.created_at.toISOString() },
  updated_at: { column: sql.ref("updated_at"), type: "timestamptz", value: (row) => row.updated_at.toISOString() },
};

const eventColumns = [
  "event.public_id",
  "event.type",
  "event.resource_id",
  "event.sequence",
  "event.occurred_at",
  "event.detail",
] as const;

function selectOne(db: Executor, { projectId, publicId }: WebhookPlace) {
  return db
    .selectFrom("altalune_webhooks")
    .selectAll()
    .where("project_id", "=", projectId)
    .where("public_id", "=", publicId);
}

function selectDeliveries(db: Executor) {
  return db
    .selectFrom("altalune_webhook_deliveries as delivery")
    .innerJoin("altalune_events as event", (join) =>
      join.onRef("event.project_id", "=", "delivery.project_id").onRef("event.public_id", "=", "delivery.event_id"),
    );
}

function updateDelivery(db: Executor, { projectId, webhookId, eventId }: DeliveryPlace) {
  return db
    .updateTable("altalune_webhook_deliveries")
    .where("project_id", "=", projectId)
    .where("webhook_id", "=", webhookId)
    .where("event_id", "=", eventId);
}

function webhookOf(row: WebhookRow): Webhook {
  return {
    projectId: row.project_id,
    publicId: row.public_id,
    url: row.url,
    eventTypes: row.event_types,
    description: row.description,
    disabledReason: nameOf(disabledReasonNumbers, row.disabled_reason),
    secret: row.secret,
    previousSecret: row.previous_secret ?? undefined,
    previousSecretExpiresAt: row.previous_secret_expires_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

function deliveryOf(row: DeliveryRow): Delivery {
  const event: StoredEvent = {
    projectId: row.project_id,
    publicId: row.public_id,
    type: row.type,
    resourceId: row.resource_id,
    sequence: row.sequence,
    occurredAt: row.occurred_at,
    detail: row.detail as Detail,
  };
  return {
    webhookId: row.webhook_id,
    event,
    state: nameOf(deliveryStateNumbers, row.state) ?? "pending",
    attempts: row.attempts,
    lastStatus: row.last_status ?? undefined,
    lastError: row.last_error,
    lastAttemptAt: row.last_attempt_at ?? undefined,
    nextAttemptAt: row.next_attempt_at ?? undefined,
  };
}

function nameOf<Name extends DisabledReason | DeliveryState>(
  numbers: Readonly<Record<Name, number>>,
  stored: number | null,
): Name | undefined {
  return (Object.keys(numbers) as Name[]).find((name) => numbers[name] === stored);
}
