import { sql } from "kysely";
import { addDeliveryJob } from "../../platform/jobs/deliver-event.js";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import { byIndexes, dueTimes } from "../../platform/postgres/due-times.js";
import type { Detail } from "../audit/model.js";
import { noticesOfStored } from "../notice/stored-settings.js";
import type { EventStore } from "./interface.js";
import type { DueTime, TimeEventType, TimeWindow } from "./model.js";

/** For how long events and deliveries are kept. */
const kept = sql`interval '30 days'`;
/** Longer than a look goes back. */
const noted = sql`interval '31 days'`;
/** How far back a look goes for what time has brought while nobody looked. */
const caughtUp = sql`interval '30 days'`;

export const eventRepo: EventStore = {
  async tell(db, events, webhookId) {
    const rows = events.map(({ projectId, publicId, type, resourceId, occurredAt, detail }, place) => ({
      project_id: String(projectId),
      public_id: publicId,
      type,
      resource_id: resourceId,
      occurred_at: occurredAt.toISOString(),
      detail,
      place,
    }));
    const wanted =
      webhookId === undefined
        ? sql`(cardinality(webhook.event_types) = 0 or event.type = any (webhook.event_types))`
        : sql`webhook.public_id = ${webhookId}`;
    // The events of one resource have their places by the row of its sequence, which the transaction holds from here on. A webhook that is
    // switched off meanwhile has another term by then, and one that is deleted is not there: its delivery is over before it begins.
    await sql`
      with draft as (
        select * from json_to_recordset(${JSON.stringify(rows)}::json) as draft (
          project_id bigint, public_id text, type text, resource_id text, occurred_at timestamptz, detail jsonb, place int
        )
      ), taken as (
        insert into altalune_event_sequences as taken (project_id, resource_id, sequence)
        select project_id, resource_id, count(*) from draft group by project_id, resource_id order by project_id, resource_id
        on conflict (project_id, resource_id) do update set sequence = taken.sequence + excluded.sequence
        returning project_id, resource_id, sequence
      ), event as (
        insert into altalune_events (project_id, public_id, type, resource_id, sequence, occurred_at, detail)
        select
          project_id, draft.public_id, draft.type, resource_id,
          taken.sequence + 1 - row_number() over (partition by project_id, resource_id order by place desc),
          draft.occurred_at, draft.detail
        from draft join taken using (project_id, resource_id)
        returning project_id, public_id, type
      ), delivery as (
        insert into altalune_webhook_deliveries (project_id, webhook_id, event_id, term, next_attempt_at)
        select event.project_id, webhook.public_id, event.public_id, webhook.term, altalune_now()
        from event join altalune_webhooks as webhook using (project_id)
        where webhook.disabled_reason is null and ${wanted}
        returning project_id, webhook_id, event_id, next_attempt_at
      )
      select ${addDeliveryJob} from delivery
    `.execute(db);
  },

  async isHeard(db) {
    const row = await db
      .selectFrom("altalune_webhooks")
      .select("public_id")
      .where("disabled_reason", "is", null)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },

  async isHeardIn(db, projectId, type) {
    const row = await db
      .selectFrom("altalune_webhooks")
      .select("public_id")
      .where("project_id", "=", projectId)
      .where("disabled_reason", "is", null)
      .where(sql<boolean>`cardinality(event_types) = 0 or ${type} = any (event_types)`)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },

  async heardProjects(db) {
    const rows = await db
      .selectFrom("altalune_webhooks as webhook")
      .innerJoin("altalune_projects as project", "project.id", "webhook.project_id")
      .select("webhook.project_id")
      .distinct()
      .where("webhook.disabled_reason", "is", null)
      .where("project.deleted_at", "is", null)
      .orderBy("webhook.project_id")
      .execute();
    return rows.map(({ project_id }) => project_id);
  },

  async beginLooks(db, projectId) {
    await sql`
      insert into altalune_event_looks (project_id, looked_until, heard_since)
      select ${projectId}, altalune_now(), altalune_now()
      where not exists (
        select from altalune_webhooks where project_id = ${projectId} and disabled_reason is null
      )
      on conflict (project_id) do update set looked_until = excluded.looked_until, heard_since = excluded.heard_since
    `.execute(db);
  },

  async lockLook(db, projectId) {
    // Its webhook may have been made by a process of a version before.
    await sql`
      insert into altalune_event_looks (project_id, looked_until, heard_since)
      values (${projectId}, altalune_now(), altalune_now()) on conflict do nothing
    `.execute(db);
    const { rows } = await sql<Omit<TimeWindow, "notices"> & { notices: unknown }>`
      select
        greatest(looked_until, altalune_now() - ${caughtUp}) as after, heard_since as since,
        altalune_now()::timestamptz(3) as until,
        (select notices from altalune_projects where id = look.project_id) as notices, ${byIndexes}
      from altalune_event_looks as look where project_id = ${projectId} for update skip locked
    `.execute(db);
    const [row] = rows;
    return row && { after: row.after, since: row.since, until: row.until, notices: noticesOfStored(row.notices) };
  },

  async moveLook(db, projectId, until) {
    await db
      .updateTable("altalune_event_looks")
      .set({ looked_until: sql<Date>`greatest(looked_until, ${until})` })
      .where("project_id", "=", projectId)
      .execute();
  },

  async takeDueTimes(db, projectId, { after, since, until, notices }, limit, last) {
    const { rows } = await sql<FoundRow>`
      with ${dueTimes({ projectId, after, since, until, last, limit, ...notices })}, told as (
        insert into altalune_told_times (project_id, resource_id, what, due_at)
        select ${projectId}, public_id, what, due_at from due
        on conflict do nothing
        returning resource_id, what, due_at
      )
      select id, public_id as resource_id, page.what, page.due_at, told.resource_id is not null as is_news,
        json_strip_nulls(json_build_object(
          'name', name, 'owner_id', owner_id, 'days', days,
          'expiration', case when isfinite(expires_at) then to_json(expires_at) else '"never"' end
        )) as detail
      from page left join told on is_due and told.resource_id = public_id and told.what = page.what and told.due_at = page.due_at
      order by page.due_at, id, page.what
    `.execute(db);
    const end = rows.at(-1);
    return {
      due: rows.flatMap(({ is_news, resource_id, what, due_at, detail }): DueTime[] =>
        is_news ? [{ projectId, resourceId: resource_id, type: what, dueAt: due_at, detail }] : [],
      ),
      last: end && rows.length === limit ? { dueAt: end.due_at, keyId: end.id, what: end.what } : undefined,
    };
  },

  async deleteSomeOld(db, limit) {
    // What is still to be delivered has its last attempt after 75 hours.
    const { rows } = await sql`
      with old as (
        delete from altalune_events where (project_id, public_id) in (
          select project_id, public_id from altalune_events where occurred_at < altalune_now() - ${kept}
          order by occurred_at limit ${limit} for update skip locked
        )
        returning project_id, public_id
      ), gone as (
        delete from altalune_webhook_deliveries as delivery using old
        where delivery.project_id = old.project_id and delivery.event_id = old.public_id
      )
      select from old
    `.execute(db);
    return rows.length;
  },

  async deleteSomeTold(db, limit) {
    return deleteSome(db, {
      table: "altalune_told_times",
      key: ["project_id", "resource_id", "what", "due_at"],
      where: sql`due_at < altalune_now() - ${noted}`,
      orderBy: ["due_at"],
      limit,
    });
  },

  async deleteSomeOf(db, projectId, limit) {
    let deleted = 0;
    for (const [table, key] of tablesOfProject) {
      deleted += await deleteSome(db, {
        table,
        key,
        where: sql`project_id = ${projectId}`,
        limit: limit - deleted,
      });
    }
    return deleted;
  },
};

interface FoundRow {
  readonly id: bigint;
  readonly resource_id: string;
  readonly what: TimeEventType;
  readonly due_at: Date;
  readonly is_news: boolean;
  readonly detail: Detail;
}

const tablesOfProject = [
  ["altalune_webhook_deliveries", ["project_id", "webhook_id", "event_id"]],
  ["altalune_events", ["project_id", "public_id"]],
  ["altalune_event_sequences", ["project_id", "resource_id"]],
  ["altalune_told_times", ["project_id", "resource_id", "what", "due_at"]],
  ["altalune_event_looks", ["project_id"]],
  ["altalune_webhooks", ["project_id", "public_id"]],
] as const;
