import { type RawBuilder, type SqlBool, sql } from "kysely";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import { byIndexes, dueTimes, overlap } from "../../platform/postgres/due-times.js";
import type { NoticeStore } from "./interface.js";
import { type LookPlace, mailStateNumbers, type NoticeWindow, noticeKindNumbers } from "./model.js";
import { fingerprint, isHeardOf, isMuted, numberOf, recipientsOf } from "./query.js";
import { mails } from "./repo/mails.js";
import { noticesOfStored } from "./stored-settings.js";

/** How far back keys that have ended are told of, after a stop. */
const caughtUp = sql`interval '30 days'`;
/** Longer than a look goes back. */
const kept = sql`interval '31 days'`;
/** For how long it is known that somebody was told of a value that is due for another: longer than any key lives that ends. */
const keptOfValues = sql`interval '800 days'`;

export const noticeRepo: NoticeStore = {
  ...mails,

  async isHeard(db) {
    const row = await db
      .selectFrom("altalune_projects as project")
      .select("project.id")
      .where(isHeardOf)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },

  async heardProjects(db) {
    const rows = await db
      .selectFrom("altalune_projects as project")
      .select("project.id")
      .where(isHeardOf)
      .orderBy("project.id")
      .execute();
    return rows.map(({ id }) => id);
  },

  async forgetUnheard(db, limit) {
    const isHeard = sql`(
      select from altalune_projects as project where project.id = altalune_notice_looks.project_id and ${isHeardOf}
    )`;
    return deleteSome(db, {
      table: "altalune_notice_looks",
      key: ["project_id"],
      where: sql`not exists ${isHeard}`,
      limit,
    });
  },

  async lockLook(db, projectId) {
    await sql`
      insert into altalune_notice_looks (project_id, looked_until, since, fingerprint)
      values (${projectId}, 'epoch', altalune_now(), '') on conflict do nothing
    `.execute(db);
    const { rows } = await sql<LookRow>`
      select
        case when look.fingerprint = ${fingerprint} then look.looked_until else 'epoch' end as after,
        greatest(look.since, look.looked_until - ${overlap}, altalune_now() - ${caughtUp}) as since, altalune_now()::timestamptz(3) as until,
        project.notices, ${fingerprint} as fingerprint,
        look.begun_at, look.begun_fingerprint, look.last_due_at, look.last_key_id, look.last_what,
        ${byIndexes}
      from altalune_notice_looks as look join altalune_projects as project on project.id = look.project_id
      where look.project_id = ${projectId} for update of look skip locked
    `.execute(db);
    const [row] = rows;
    return row && windowOf(row);
  },

  async takeDueTimes(db, projectId, { after, since, until, settings, last }, limit) {
    // Whoever was told that a key ends in a day is not told afterwards that it ends in a week.
    const wasToldNearer = sql`(
      select from altalune_notices as nearer
      where nearer.project_id = project.id and nearer.resource_id = taken.public_id and nearer.kind = ${numberOf("expiring")}
        and nearer.moment = taken.moment and nearer.address = recipient.address and nearer.threshold < taken.days
    )`;
    const { rows } = await sql<LookPlace & { readonly count: bigint }>`
      with ${dueTimes({ projectId, after, endedSince: since, until, last, limit, ...settings })}, taken as (
        select
          *,
          case what
            when 'api_key.expiring' then ${numberOf("expiring")}
            when 'api_key.expired' then ${numberOf("expired")}
            else ${numberOf("rotation_due")}
          end::smallint as kind
        from due
      ), noted as (
        insert into altalune_notices (project_id, resource_id, kind, threshold, moment, address)
        select
          project.id, taken.public_id, kind, case kind when ${numberOf("expiring")} then days else 0 end, moment, address
        from altalune_projects as project cross join taken
        cross join lateral ${recipientsOf(sql`taken.owner_id`)} as recipient
        where project.id = ${projectId} and not ${isMuted(sql`taken.kind`)}
          and (kind <> ${numberOf("expiring")} or not exists ${wasToldNearer})
        on conflict do nothing
      )
      select due_at as "dueAt", id as "keyId", what, (select count(*) from page) as count
      from page order by due_at desc, id desc, what desc limit 1
    `.execute(db);
    const [row] = rows;
    return row?.count === BigInt(limit) ? { dueAt: row.dueAt, keyId: row.keyId, what: row.what } : undefined;
  },

  async keepPlace(db, projectId, { begunAt, fingerprint: looked }, { dueAt, keyId, what }) {
    await db
      .updateTable("altalune_notice_looks")
      .set({
        begun_at: begunAt,
        begun_fingerprint: looked,
        last_due_at: dueAt,
        last_key_id: keyId,
        last_what: what,
      })
      .where("project_id", "=", projectId)
      .execute();
  },

  async moveLook(db, projectId, { begunAt, fingerprint: looked }) {
    await db
      .updateTable("altalune_notice_looks")
      .set({
        looked_until: sql<Date>`greatest(looked_until, ${begunAt})`,
        fingerprint: looked,
        begun_at: null,
        begun_fingerprint: null,
        last_due_at: null,
        last_key_id: null,
        last_what: null,
      })
      .where("project_id", "=", projectId)
      .execute();
  },

  async note(db, notices) {
    const rows = notices.map(({ projectId, resourceId, kind, threshold, moment, detail }) => ({
      project_id: String(projectId),
      resource_id: resourceId,
      kind: noticeKindNumbers[kind],
      threshold,
      moment: moment.toISOString(),
      detail,
    }));
    // What a key was is kept beside it: it may be deleted before anybody is told. Of a webhook's URL the rest may be a secret.
    await sql`
      insert into altalune_notices (project_id, resource_id, kind, threshold, moment, address, detail)
      select
        project.id, draft.resource_id, draft.kind, draft.threshold, draft.moment, recipient.address,
        draft.detail || jsonb_strip_nulls(jsonb_build_object(
          'name', key.name, 'start', key.display_prefix, 'owner_id', key.owner_id,
          'webhook', substring(webhook.url from '^https?://[^/?]*')
        ))
      from json_to_recordset(${JSON.stringify(rows)}::json) as draft (
        project_id bigint, resource_id text, kind smallint, threshold int, moment timestamptz, detail jsonb
      )
      join altalune_projects as project on project.id = draft.project_id
      left join altalune_project_api_keys as key on key.project_id = project.id and key.public_id = draft.resource_id
      left join altalune_webhooks as webhook
        on webhook.project_id = project.id and webhook.public_id = draft.resource_id
      cross join lateral ${recipientsOf(sql`key.owner_id`)} as recipient
      where ${isHeardOf} and not ${isMuted(sql`draft.kind`)}
      on conflict do nothing
    `.execute(db);
  },

  async deleteSomeOld(db, limit) {
    return deleteNotices(
      db,
      sql`kind <> ${numberOf("rotation_due")} and moment < altalune_now() - ${kept}`,
      "moment",
      limit,
    );
  },

  async deleteSomeOfOldValues(db, limit) {
    return deleteNotices(
      db,
      sql`kind = ${numberOf("rotation_due")} and created_at < altalune_now() - ${keptOfValues}`,
      "created_at",
      limit,
    );
  },

  async deleteSomeSettled(db, limit) {
    return deleteSome(db, {
      table: "altalune_mails",
      key: ["id"],
      where: sql`state <> ${sql.lit(mailStateNumbers.pending)} and settled_at < altalune_now() - ${kept}`,
      orderBy: ["settled_at"],
      limit,
    });
  },

  async deleteSomeOf(db, projectId, limit) {
    const where = sql<SqlBool>`project_id = ${projectId}`;
    const notices = await deleteSome(db, { table: "altalune_notices", key: keyOfNotices, where, limit });
    const looks = await deleteSome(db, { table: "altalune_notice_looks", key: ["project_id"], where, limit: 1 });
    return notices + looks;
  },
};

interface LookRow {
  readonly after: Date;
  readonly since: Date;
  readonly until: Date;
  readonly notices: unknown;
  readonly fingerprint: string;
  readonly begun_at: Date | null;
  readonly begun_fingerprint: string | null;
  readonly last_due_at: Date | null;
  readonly last_key_id: bigint | null;
  readonly last_what: string | null;
}

/** A look that is under way is gone on with, up to now, unless it was by other settings or for others. */
function windowOf(row: LookRow): NoticeWindow {
  const { after, since, until, notices, fingerprint: current } = row;
  const { begun_at, begun_fingerprint, last_due_at, last_key_id, last_what } = row;
  const window = { after, since, until, settings: noticesOfStored(notices), fingerprint: current };
  return begun_fingerprint === current && begun_at && last_due_at && last_key_id !== null && last_what !== null
    ? { ...window, begunAt: begun_at, last: { dueAt: last_due_at, keyId: last_key_id, what: last_what } }
    : { ...window, begunAt: until, last: undefined };
}

const keyOfNotices = ["project_id", "resource_id", "kind", "threshold", "moment", "address"] as const;

function deleteNotices(
  db: Parameters<NoticeStore["isHeard"]>[0],
  where: RawBuilder<SqlBool>,
  orderBy: string,
  limit: number,
): Promise<number> {
  return deleteSome(db, { table: "altalune_notices", key: keyOfNotices, where, orderBy: [orderBy], limit });
}
