import { type RawBuilder, sql } from "kysely";
import { addMailJob } from "../../../platform/jobs/send-mail.js";
import { after } from "../../../platform/postgres/after.js";
import type { Executor } from "../../../platform/postgres/database.js";
import type { Detail } from "../../audit/model.js";
import type { NoticeStore } from "../interface.js";
import {
  type KeyStanding,
  kindsByUrgency,
  mailStateNumbers,
  mostListed,
  mostSingly,
  type Notice,
  noticeKinds,
  urgentKinds,
} from "../model.js";
import { isMuted, numberOf, recipientsOf } from "../query.js";

const { pending } = mailStateNumbers;

/** Nobody attempts it. */
const isFree = sql<boolean>`(claimed_until is null or claimed_until <= altalune_now())`;

/** For how long nothing else must have come for an address, and how long that is waited for. */
const quiet = sql`interval '2 seconds'`;
const patience = sql`interval '15 seconds'`;
/** How long after a mail the next one comes for the same address; what comes in between is collected. Anybody who may change a key makes notices. */
const pause = sql`interval '10 minutes'`;
/** The same where something is told that does not wait so long. */
const urgentPause = sql`interval '1 minute'`;
const isUrgent = sql`kind in (${sql.join(urgentKinds.map(numberOf))})`;
/** How many notices one statement puts into mails. */
const atOnce = 10_000;
/** The first half of the database's advisory locks for putting an address's notices into mails; the number is arbitrary. */
const mailingLock = 6_315_004;

type MailStore = Pick<
  NoticeStore,
  "addressesToTell" | "lockToTell" | "addMails" | "addDueJobs" | "claim" | "postpone" | "release" | "settle"
>;

/**
 * How notices become mails, and mails come to be sent, each by one at a time. As with deliveries to webhooks, a job is good for the time
 * at which the mail was due when the job was added, and whoever sends it is known by the end of its claim.
 */
export const mails: MailStore = {
  async addressesToTell(db, limit) {
    return addressesToTell(db, sql<boolean>`true`, limit);
  },

  async lockToTell(tx, address) {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(${sql.lit(mailingLock)}, hashtext(${address})) as locked
    `.execute(tx);
    // In a statement of its own: it sees the mails of whoever had the lock before.
    return rows[0]?.locked === true && (await addressesToTell(tx, sql<boolean>`address = ${address}`, 1)).length > 0;
  },

  async addMails(db, address, publicIds) {
    const { rows } = await sql<{ placed: bigint; mail: bigint }>`
      with waiting as (
        select * from altalune_notices where address = ${address} and mail_id is null
        order by id limit ${atOnce} for update
      ), placed as (
        select
          *, (${[...publicIds]}::text[])[
            case
              when count(*) over () > ${mostSingly} or exists (
                select from altalune_mails as mail
                where mail.address = ${address} and mail.created_at > (select min(created_at) from waiting) - ${pause}
              ) then 1
              else (row_number() over (order by id))::int
            end
          ] as mail
        from waiting
      ), added as (
        insert into altalune_mails (public_id, address, next_attempt_at)
        select distinct mail, ${address}::text, altalune_now() from placed
        returning id, public_id
      ), told as (
        update altalune_notices as notice set mail_id = added.id
        from placed join added on added.public_id = placed.mail
        where notice.project_id = placed.project_id and notice.resource_id = placed.resource_id
          and notice.kind = placed.kind and notice.threshold = placed.threshold and notice.moment = placed.moment
          and notice.address = placed.address
      )
      select (select count(*) from placed) as placed, min(id) as mail from added
    `.execute(db);
    const [added] = rows;
    if (Number(added?.placed) === atOnce) {
      while ((await addToMail(db, address, added?.mail ?? 0n)) === atOnce);
    }
  },

  async addDueJobs(db, limit) {
    // On the index of what is pending. What is given a job here is left alone for a while, in which that should come to it.
    const { rows } = await sql`
      with found as (
        select id from altalune_mails
        where state = ${pending} and next_attempt_at <= altalune_now() and ${isFree}
        order by next_attempt_at limit ${limit} for update skip locked
      ), due as (
        update altalune_mails as mail set next_attempt_at = altalune_now() + interval '1 minute'
        from found where mail.id = found.id
        returning mail.id, mail.next_attempt_at
      )
      select ${addMailJob} from due
    `.execute(db);
    return rows.length;
  },

  async claim(db, { id, dueAt }, claimMs) {
    const claimed = await updatePending(db, id)
      .set({ claimed_until: after(claimMs) })
      .where("next_attempt_at", "=", dueAt)
      .where(isFree)
      .returning(["public_id", "address", "attempts", "claimed_until", sql<Date>`altalune_now()`.as("now")])
      .executeTakeFirst();
    if (claimed === undefined || claimed.claimed_until === null) {
      return undefined;
    }
    const { notices, count } = await noticesOf(db, id, claimed.address);
    return {
      id,
      publicId: claimed.public_id,
      address: claimed.address,
      attempts: claimed.attempts,
      claimedUntil: claimed.claimed_until,
      now: claimed.now,
      notices,
      count,
    };
  },

  async postpone(db, { id, dueAt }, delayMs) {
    await updatePending(db, id)
      .set({ next_attempt_at: after(delayMs) })
      .where("next_attempt_at", "=", dueAt)
      .where(isFree)
      .execute();
  },

  async release(db, { id, claimedUntil }, delayMs) {
    await updatePending(db, id)
      .set({ claimed_until: null, next_attempt_at: after(delayMs) })
      .where("claimed_until", "=", claimedUntil)
      .execute();
  },

  async settle(db, { id, claimedUntil }, { state, error }, retryMs) {
    await updatePending(db, id)
      .set({
        state: mailStateNumbers[state],
        attempts: sql<number>`attempts + 1`,
        claimed_until: null,
        next_attempt_at: retryMs === undefined ? null : after(retryMs),
        last_error: error,
        settled_at: retryMs === undefined ? sql<Date>`altalune_now()` : null,
      })
      .where("claimed_until", "=", claimedUntil)
      .execute();
  },
};

async function addressesToTell(db: Executor, which: RawBuilder<boolean>, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ address: string }>`
    select address from (
      select
        address, min(id) as first, min(created_at) as oldest, max(created_at) as newest,
        case when bool_or(${isUrgent}) then ${urgentPause} else ${pause} end as pause
      from altalune_notices where mail_id is null and ${which}
      group by address
    ) as waiting
    where (newest <= altalune_now() - ${quiet} or oldest <= altalune_now() - ${patience})
      and not exists (
        select from altalune_mails as mail
        where mail.address = waiting.address and mail.created_at > altalune_now() - waiting.pause
      )
    order by first limit ${limit}
  `.execute(db);
  return rows.map(({ address }) => address);
}

/** Puts more of what an address is to be told into the mail that has the first of it. @returns how many notices */
async function addToMail(db: Executor, address: string, mailId: bigint): Promise<number> {
  const { numAffectedRows } = await sql`
    with waiting as (
      select project_id, resource_id, kind, threshold, moment from altalune_notices
      where address = ${address} and mail_id is null
      order by id limit ${atOnce} for update
    )
    update altalune_notices as notice set mail_id = ${mailId}
    from waiting
    where notice.project_id = waiting.project_id and notice.resource_id = waiting.resource_id
      and notice.kind = waiting.kind and notice.threshold = waiting.threshold and notice.moment = waiting.moment
      and notice.address = ${address}
  `.execute(db);
  return Number(numAffectedRows ?? 0n);
}

interface NoticeRow {
  readonly kind: number;
  readonly project_public_id: string;
  readonly project_name: string;
  readonly resource_id: string;
  readonly name: string | null;
  readonly display_prefix: string | null;
  readonly owner_id: string | null;
  readonly standing: KeyStanding;
  readonly expires_at: Date | number | null;
  readonly previous_expires_at: Date | null;
  readonly moment: Date;
  readonly detail: Detail;
  readonly count: bigint;
}

/** What a mail tells that is still so: of a key as it is, to who is still to be told, and wants to be. */
async function noticesOf(db: Executor, mailId: bigint, address: string) {
  const place = sql`array_position(array[${sql.join(kindsByUrgency.map(numberOf))}]::int[], notice.kind::int)`;
  const { rows } = await sql<NoticeRow>`
    select
      notice.kind, project.public_id as project_public_id, project.name as project_name, notice.resource_id,
      coalesce(key.name, notice.detail ->> 'name') as name,
      coalesce(key.display_prefix, notice.detail ->> 'start') as display_prefix,
      coalesce(key.owner_id, notice.detail ->> 'owner_id') as owner_id,
      case
        when key.id is null then 'deleted'
        when key.revoked_at is not null then 'revoked'
        when key.expires_at <= altalune_now() then 'expired'
        when not key.active then 'off'
        else 'live'
      end as standing,
      key.expires_at, key.previous_expires_at, notice.moment, notice.detail, count(*) over () as count
    from altalune_notices as notice
    join altalune_projects as project on project.id = notice.project_id and project.deleted_at is null
    left join altalune_project_api_keys as key
      on key.project_id = notice.project_id and key.public_id = notice.resource_id
    where notice.mail_id = ${mailId} and not ${isMuted(sql`notice.kind`)}
      and ${address} in (
        select address
        from ${recipientsOf(sql`coalesce(key.owner_id, notice.detail ->> 'owner_id')`)} as recipient
      )
      and case notice.kind
        when ${numberOf("expiring")} then key.revoked_at is null and key.expires_at = notice.moment and key.expires_at > altalune_now()
        when ${numberOf("expired")} then key.revoked_at is null and key.expires_at = notice.moment
        when ${numberOf("rotation_due")} then
          key.revoked_at is null and key.expires_at > altalune_now()
          and coalesce(key.last_rotated_at, key.created_at)::timestamptz(3) = notice.moment
        when ${numberOf("unclaimed")} then exists (
          select from altalune_waiting_values as waiting
          where waiting.project_id = notice.project_id and waiting.api_key_id = key.id and not waiting.is_claimed
            and waiting.display_prefix = notice.detail ->> 'key_prefix' and key.expires_at > altalune_now()
            and (key.digest <> waiting.digest or key.previous_expires_at > altalune_now())
        )
        when ${numberOf("webhook_disabled")} then exists (
          select from altalune_webhooks as webhook
          where webhook.project_id = notice.project_id and webhook.public_id = notice.resource_id
            and webhook.disabled_reason is not null
        )
        else true
      end
    order by ${place}, key.expires_at, notice.moment, notice.id
    limit ${mostListed}
  `.execute(db);
  return { notices: rows.flatMap(noticeOf), count: Number(rows[0]?.count ?? 0n) };
}

function noticeOf(row: NoticeRow): Notice[] {
  const kind = noticeKinds.get(row.kind);
  // One of a newer version is told by an instance of that.
  return kind === undefined
    ? []
    : [
        {
          kind,
          projectPublicId: row.project_public_id,
          projectName: row.project_name,
          resourceId: row.resource_id,
          name: row.name ?? "",
          start: row.display_prefix ?? "",
          ownerId: row.owner_id ?? "",
          standing: row.standing,
          expiresAt: row.expires_at instanceof Date ? row.expires_at : undefined,
          previousExpiresAt: row.previous_expires_at ?? undefined,
          moment: row.moment,
          detail: row.detail,
        },
      ];
}

function updatePending(db: Executor, id: bigint) {
  return db.updateTable("altalune_mails").where("id", "=", id).where("state", "=", pending);
}
