import { type RawBuilder, sql } from "kysely";
import type { LimitWindow } from "./model.js";

/**
 * How much is kept for calls that wait, and never lent in advance: a twentieth of the limit, and no less than this. Of what
 * is left beyond that, a twentieth at most is lent at once.
 */
const leastKept = 10;
const lentPart = 20;

export const windowStart: Readonly<Record<LimitWindow, RawBuilder<Date>>> = {
  minute: sql<Date>`date_trunc('minute', altalune_now(), 'UTC')`,
  day: sql<Date>`date_trunc('day', altalune_now(), 'UTC')`,
};

/** How far ahead of a statement the newest window can be that it finds: it waits for a lock, but ends within 30 seconds. */
const latest = sql<Date>`altalune_now() + interval '1 minute'`;

/**
 * The window that the stored row counts in from now on. A statement that waited for the row's lock may find a newer window than
 * its own there: it spends from that one, since going back would forget what the newer one has granted. A window that lies
 * further ahead is of a clock that was wrong, and is not believed: it would block the key until it comes.
 */
export const countedStart: Readonly<Record<LimitWindow, RawBuilder<Date>>> = {
  minute: startOf(sql`counter.minute_start`, windowStart.minute),
  day: startOf(sql`counter.day_start`, windowStart.day),
};

function startOf(stored: RawBuilder<unknown>, current: RawBuilder<Date>): RawBuilder<Date> {
  return sql<Date>`case when ${stored} <= ${latest} then greatest(${stored}, ${current}) else ${current} end`;
}

/** When the minute after that one starts. */
const nextStart = sql<Date>`${countedStart.minute} + interval '1 minute'`;

/** What the stored row has granted in that window; a row of another counts for nothing, but for what it has granted ahead. */
export const grantedNow: Readonly<Record<LimitWindow, RawBuilder<bigint>>> = {
  minute: sql<bigint>`case ${countedStart.minute}
    when counter.minute_start then counter.minute_granted
    when counter.minute_start + interval '1 minute' then counter.next_granted
    else 0 end`,
  day: sql<bigint>`case when counter.day_start = ${countedStart.day} then counter.day_granted else 0 end`,
};

/** The same without what the key returns to that very window. */
export const takenNow: Readonly<Record<LimitWindow, RawBuilder<bigint>>> = {
  minute: sql<bigint>`greatest(0, ${grantedNow.minute}
    - case when asked.returned_minute = ${countedStart.minute} then asked.returned else 0 end)`,
  day: sql<bigint>`greatest(0, ${grantedNow.day}
    - case when asked.returned_day = counter.day_start then asked.returned else 0 end)`,
};

/** The same of the minute that comes. */
const nextTaken: RawBuilder<bigint> = sql<bigint>`greatest(0,
  case when counter.minute_start = ${countedStart.minute} then counter.next_granted else 0 end
  - case when asked.returned_minute = ${nextStart} then asked.returned else 0 end)`;

/** How much may be lent of a window at once: a part of what is left beside what is needed now and what is kept. */
function lendable(limit: RawBuilder<unknown>, taken: RawBuilder<unknown>, needed: RawBuilder<unknown>) {
  const kept = sql`greatest(${sql.lit(leastKept)}, ${limit} / ${sql.lit(lentPart)})`;
  return sql`(${limit} - ${taken} - ${needed} - ${kept}) / ${sql.lit(lentPart)}`;
}

/** What a key is granted now when so much is taken of its windows. A window without a limit is null, and has no say. */
export function grantBeside(minuteTaken: RawBuilder<unknown>, dayTaken: RawBuilder<unknown>): RawBuilder<unknown> {
  const needed = sql`needed`;
  return sql`
    lateral (select ${minuteTaken} as minute_taken, ${dayTaken} as day_taken) as taken,
    lateral (
      select
        greatest(0, waiting - held) as needed,
        coalesce(least(per_minute - minute_taken, per_day - day_taken), waiting) as available
    ) as need,
    lateral (
      select
        case
          when ahead is not null then 0
          when needed <= available then needed + greatest(0, least(
            surplus,
            ${lendable(sql`per_minute`, sql`minute_taken`, needed)},
            ${lendable(sql`per_day`, sql`day_taken`, needed)}
          ))
          else greatest(0, least(run, available + held) / unit * unit - held)
        end as granted
    ) as decision
  `;
}

/** What a key is granted of the minute that comes, if that is the one that it asks of, and counts for the same day. */
export const grantAhead: RawBuilder<unknown> = sql`
  lateral (select ${nextTaken} as next_taken) as taken_ahead,
  lateral (
    select
      case
        when ahead = ${nextStart} and date_trunc('day', ahead, 'UTC') = ${countedStart.day} then greatest(0, least(
          surplus,
          ${lendable(sql`per_minute`, sql`next_taken`, sql`0`)},
          ${lendable(sql`per_day`, sql`day_taken`, sql`0`)}
        ))
        else 0
      end as granted_ahead
  ) as decision_ahead
`;
