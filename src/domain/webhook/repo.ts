import { sql } from "kysely";
import { after } from "../../platform/postgres/after.js";
import { changed } from "../../platform/postgres/changed.js";
import type { Executor } from "../../platform/postgres/database.js";
import { containing } from "../../platform/postgres/like.js";
import { fetchSlice, type SortColumn } from "../../platform/postgres/slice.js";
import type { WebhookStore } from "./interface.js";
import {
  deliveryStateNames,
  deliveryStateNumbers,
  disabledReasonNumbers,
  type WebhookPlace,
  type WebhookSort,
} from "./model.js";
import { findDelivery, otherColumns, selectDeliveries, stateNow } from "./query.js";
import { dueDeliveries } from "./repo/due-deliveries.js";
import { type DeliveryRow, deliveryOf, type WebhookRow, webhookOf } from "./row.js";

export const webhookRepo: WebhookStore = {
  ...dueDeliveries,

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
          failing_since: null,
          ...(disabledReason && { term: sql<number>`case when disabled_reason is null then term + 1 else term end` }),
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
      .deleteFrom("altalune_webhooks")
      .where("project_id", "=", projectId)
      .where("public_id", "=", publicId)
      .execute();
  },

  findDelivery,

  async queryDeliveries(db, { projectId, publicId }, listing) {
    let query = selectDeliveries(db)
      .where("delivery.project_id", "=", projectId)
      .where("delivery.webhook_id", "=", publicId);
    const states = listing.filters.get("state");
    if (states !== undefined) {
      const numbers = states.map((name) => deliveryStateNumbers[deliveryStateNames.get(name) ?? "pending"]);
      query = query.where(stateNow, "in", numbers);
    }
    const types = listing.filters.get("event_type");
    if (types !== undefined) {
      query = query.where("event.type", "in", types);
    }
    return fetchSlice(
      db,
      query,
      (deliveries) => deliveries.selectAll("delivery").select(otherColumns),
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

const webhookSortColumns: Readonly<Record<WebhookSort, SortColumn<WebhookRow>>> = {
  created_at: { column: sql.ref("created_at"), type: "timestamptz", value: (row) => row.created_at.toISOString() },
  updated_at: { column: sql.ref("updated_at"), type: "timestamptz", value: (row) => row.updated_at.toISOString() },
};

function selectOne(db: Executor, { projectId, publicId }: WebhookPlace) {
  return db
    .selectFrom("altalune_webhooks")
    .selectAll()
    .where("project_id", "=", projectId)
    .where("public_id", "=", publicId);
}
