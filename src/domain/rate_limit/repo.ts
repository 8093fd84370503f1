import { sql } from "kysely";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import { prepared } from "../../platform/postgres/prepared.js";
import type { RateLimitStore } from "./interface.js";
import { countedStart, grantAhead, grantBeside, grantedNow, takenNow, windowStart } from "./query.js";
import type { Refill, RefillAsk } from "./refill.js";

interface RefillRow {
  readonly api_key_id: bigint;
  readonly granted: bigint;
  readonly minute: bigint;
  readonly next: bigint;
  readonly day: bigint;
  readonly minute_start: Date;
  readonly day_start: Date;
  readonly now: Date;
}

interface SpentRow {
  readonly minute: bigint;
  readonly day: bigint;
  readonly now: Date;
}

export const rateLimitRepo: RateLimitStore = {
  async refill(db, asks) {
    // Numbers in an array's own spelling: the driver would escape each.
    const column = (value: (ask: RefillAsk) => bigint | number | boolean | undefined) =>
      `{${asks.map((ask) => value(ask) ?? "null").join(",")}}`;
    // On the primary key, in whose order the rows are locked: statements of many keys cannot lock each other out. What is
    // only returned makes no row, which would outlive its key.
    const statement = sql<RefillRow>`
      with asked as (
        select
          project_id, api_key_id, per_minute, per_day, awaited, waiting, unit, run, held, surplus, returned,
          to_timestamp(ahead_ms / 1000) as ahead,
          to_timestamp(returned_minute_ms / 1000) as returned_minute, to_timestamp(returned_day_ms / 1000) as returned_day
        from unnest(
          ${column((ask) => ask.projectId)}::bigint[],
          ${column((ask) => ask.apiKeyId)}::bigint[],
          ${column((ask) => ask.perMinute || undefined)}::bigint[],
          ${column((ask) => ask.perDay || undefined)}::bigint[],
          ${column((ask) => ask.awaited)}::boolean[],
          ${column((ask) => ask.waiting)}::bigint[],
          ${column((ask) => ask.unit)}::bigint[],
          ${column((ask) => ask.run)}::bigint[],
          ${column((ask) => ask.held)}::bigint[],
          ${column((ask) => ask.surplus)}::bigint[],
          ${column((ask) => ask.ahead)}::bigint[],
          ${column((ask) => ask.returned?.amount ?? 0)}::bigint[],
          ${column((ask) => ask.returned?.starts.minute)}::bigint[],
          ${column((ask) => ask.returned?.starts.day)}::bigint[]
        ) as ask (
          project_id, api_key_id, per_minute, per_day, awaited, waiting, unit, run, held, surplus, ahead_ms, returned,
          returned_minute_ms, returned_day_ms
        )
      )
      insert into altalune_rate_limits as counter
        (project_id, api_key_id, minute_start, minute_granted, day_start, day_granted, last_grant)
      select project_id, api_key_id, ${windowStart.minute}, granted, ${windowStart.day}, granted, granted
      from asked, ${grantBeside(sql`0`, sql`0`)}
      where awaited or exists (
        select from altalune_rate_limits as known
        where known.project_id = asked.project_id and known.api_key_id = asked.api_key_id
      )
      order by project_id, api_key_id
      on conflict (project_id, api_key_id) do update set
        (minute_start, minute_granted, next_granted, day_start, day_granted, last_grant) = (
          select
            ${countedStart.minute}, minute_taken + granted, next_taken + granted_ahead,
            ${countedStart.day}, day_taken + granted + granted_ahead,
            granted + granted_ahead
          from asked, ${grantBeside(takenNow.minute, takenNow.day)}, ${grantAhead}
          where asked.project_id = excluded.project_id and asked.api_key_id = excluded.api_key_id
        )
      returning
        api_key_id,
        last_grant as granted,
        minute_granted as minute,
        next_granted as next,
        day_granted as day,
        minute_start,
        day_start,
        greatest(altalune_now(), minute_start, day_start) as now
    `;
    const { rows } = await prepared("refill", statement).execute(db);
    const aheadOf = new Map(asks.map(({ apiKeyId, ahead }) => [apiKeyId, ahead]));
    return new Map(rows.map((row) => [row.api_key_id, refillOf(row, aheadOf.get(row.api_key_id))]));
  },

  async spent(db, keys) {
    // On the primary key, in the order that was asked in.
    const { rows } = await sql<SpentRow>`
      select
        coalesce(${grantedNow.minute}, 0) as minute,
        coalesce(${grantedNow.day}, 0) as day,
        greatest(altalune_now(), ${countedStart.minute}, ${countedStart.day}) as now
      from unnest(
        ${`{${keys.map(({ projectId }) => projectId).join(",")}}`}::bigint[],
        ${`{${keys.map(({ apiKeyId }) => apiKeyId).join(",")}}`}::bigint[]
      ) with ordinality as key (project_id, api_key_id, place)
      left join altalune_rate_limits as counter
        on counter.project_id = key.project_id and counter.api_key_id = key.api_key_id
      order by place
    `.execute(db);
    return rows.map((row) => ({ minute: Number(row.minute), day: Number(row.day), now: row.now }));
  },

  async deleteSome(db, limit) {
    return deleteSome(db, {
      table: "altalune_rate_limits",
      key: ["project_id", "api_key_id"],
      // Without an index of its own, since this is seldom run.
      where: sql`day_start < ${windowStart.day} - interval '1 day'`,
      orderBy: ["project_id", "api_key_id"],
      limit,
    });
  },
};

/** @param ahead when the minute starts that was asked of before it comes; undefined: none was */
function refillOf(row: RefillRow, ahead: number | undefined): Refill {
  return {
    granted: Number(row.granted),
    minute: Number(ahead === undefined ? row.minute : row.next),
    day: Number(row.day),
    starts: { minute: ahead ?? row.minute_start.getTime(), day: row.day_start.getTime() },
    now: row.now.getTime(),
  };
}
