import { type Selectable, sql } from "kysely";
import { insertFrom } from "../../platform/postgres/insert-from.js";
import { containing } from "../../platform/postgres/like.js";
import { prepared } from "../../platform/postgres/prepared.js";
import { fetchSlice } from "../../platform/postgres/slice.js";
import type { AuditEventsTable } from "../../platform/postgres/tables/audit.js";
import type { AuditStore, LockedHead } from "./interface.js";
import { type AuditEvent, auditFilters, type Detail } from "./model.js";

export const auditRepo: AuditStore = {
  async insertHead(db, projectId) {
    await db
      .insertInto("altalune_audit_heads")
      .values({ project_id: projectId, sequence: 0n, hash: Buffer.alloc(0) })
      .execute();
  },

  async lockHeads(db, projectIds) {
    // Its text is the same for any number: to build a statement for each costs more than to run it.
    const statement = sql<LockedHead>`
      select project_id as "projectId", sequence, hash, altalune_now()::timestamptz(3) as now, exists (
        select from altalune_webhooks as webhook where webhook.project_id = head.project_id and webhook.disabled_reason is null
      ) as "isHeard"
      from altalune_audit_heads as head
      where project_id = any(${projectIds}::bigint[])
      order by project_id
      for update of head
    `;
    const { rows } = await prepared("lock_heads", statement).execute(db);
    return rows;
  },

  appending(events) {
    const heads = [...new Map(events.map((event) => [event.projectId, event])).values()];
    const values = events.map((event) => ({
      project_id: event.projectId,
      sequence: event.sequence,
      actor: event.actor,
      action: event.action,
      resource_id: event.resourceId,
      occurred_at: event.occurredAt,
      request_id: event.requestId,
      source_ip: event.sourceIp,
      detail: event.detail,
      hash: event.hash,
    }));
    const statement = sql`
      with heads as (
        update altalune_audit_heads as head set sequence = last.sequence, hash = last.hash
        from unnest(
          ${heads.map(({ projectId }) => projectId)}::bigint[],
          ${heads.map(({ sequence }) => sequence)}::bigint[],
          ${heads.map(({ hash }) => hash)}::bytea[]
        ) as last (project_id, sequence, hash)
        where head.project_id = last.project_id
      )
      ${insertFrom("altalune_audit_events", values)}
    `;
    return prepared("append_events", statement);
  },

  async head(db, projectId) {
    return db
      .selectFrom("altalune_audit_heads")
      .select(["sequence", "hash"])
      .where("project_id", "=", projectId)
      .executeTakeFirst();
  },

  async query(db, projectId, listing) {
    let query = db.selectFrom("altalune_audit_events").where("project_id", "=", projectId);
    for (const filter of auditFilters) {
      const values = listing.filters.get(filter);
      if (values !== undefined) {
        query = query.where(filter, "in", values);
      }
    }
    if (listing.keyword !== "") {
      query = query.where("action", "ilike", containing(listing.keyword));
    }
    return fetchSlice(db, query, (events) => events.selectAll(), eventOf, listing, {
      sort: { column: sql.ref("sequence"), type: "bigint", value: (row) => String(row.sequence) },
      id: sql.ref<bigint>("sequence"),
      idOf: (row) => row.sequence,
    });
  },

  async eventsFrom(db, projectId, sequence, limit) {
    const rows = await db
      .selectFrom("altalune_audit_events")
      .selectAll()
      .where("project_id", "=", projectId)
      .where("sequence", ">=", sequence)
      .orderBy("sequence")
      .limit(limit)
      .execute();
    return rows.map(eventOf);
  },

  async valuesIn(db, projectId, { action, resourceIds, name, values }) {
    // On the index on resource_id.
    const { rows } = await sql<{ value: string }>`
      select distinct detail ->> ${name} as value from altalune_audit_events
      where project_id = ${projectId} and resource_id = any(${[...resourceIds]}::text[]) and action = ${action}
        and detail ->> ${name} = any(${[...values]}::text[])
    `.execute(db);
    return rows.map(({ value }) => value);
  },

  async hasHashBefore(db, projectId, sequence, hash) {
    const row = await db
      .selectFrom("altalune_audit_events")
      .select("sequence")
      .where("project_id", "=", projectId)
      .where("sequence", "<", sequence)
      .where("hash", "=", hash)
      .executeTakeFirst();
    return row !== undefined;
  },
};

function eventOf(row: Selectable<AuditEventsTable>): AuditEvent {
  return {
    projectId: row.project_id,
    sequence: row.sequence,
    actor: row.actor,
    action: row.action,
    resourceId: row.resource_id,
    // The driver reads 'infinity', which we never wrote, as a number.
    occurredAt: row.occurred_at instanceof Date ? row.occurred_at : new Date(Number.NaN),
    requestId: row.request_id,
    sourceIp: row.source_ip,
    detail: row.detail as Detail,
    hash: row.hash,
  };
}
