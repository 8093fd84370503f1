import { type RawBuilder, sql } from "kysely";
import type { RateLimitStore } from "./interface.js";
import type { LimitWindow, Spent, WindowLimit } from "./model.js";

const windowStart: Readonly<Record<LimitWindow, RawBuilder<Date>>> = {
  minute: sql<Date>`date_trunc('minute', altalune_now(), 'UTC')`,
  day: sql<Date>`date_trunc('day', altalune_now(), 'UTC')`,
};

/**
 * What the stored row has granted in the window of now; a row of an older window counts for nothing. A statement that
 * waited for the row's lock may find a newer window than its own there: it spends from that one, since going back would
 * forget what the newer one has granted.
 */
const grantedNow: Readonly<Record<LimitWindow, RawBuilder<bigint>>> = {
  minute: sql<bigint>`case when counter.minute_start >= ${windowStart.minute} then counter.minute_granted else 0 end`,
  day: sql<bigint>`case when counter.day_start >= ${windowStart.day} then counter.day_granted else 0 end`,
};

interface SpentRow {
  readonly minute: bigint;
  readonly day: bigint;
  readonly now: Date;
}

export const rateLimitRepo: RateLimitStore = {
  async spend(db, projectId, apiKeyId, cost, limits) {
    if (limits.some(({ limit }) => cost > limit)) {
      return undefined;
    }
    const price = sql`${cost}::bigint`;
    // On the primary key; the row's lock makes calls of one key wait for each other, on whichever instance.
    const { rows } = await sql<SpentRow>`
      insert into altalune_rate_limits as counter
        (project_id, api_key_id, minute_start, minute_granted, day_start, day_granted)
      values
        (${projectId}, ${apiKeyId}, ${windowStart.minute}, ${price}, ${windowStart.day}, ${price})
      on conflict (project_id, api_key_id) do update set
        minute_start = greatest(counter.minute_start, ${windowStart.minute}),
        minute_granted = ${grantedNow.minute} + ${price},
        day_start = greatest(counter.day_start, ${windowStart.day}),
        day_granted = ${grantedNow.day} + ${price}
      where ${withinLimits(limits, price)}
      returning
        minute_granted as minute,
        day_granted as day,
        greatest(altalune_now(), minute_start, day_start) as now
    `.execute(db);
    return rows[0] && spentOf(rows[0]);
  },

  async spent(db, projectId, apiKeyId) {
    const { rows } = await sql<SpentRow>`
      select
        coalesce(${grantedNow.minute}, 0) as minute,
        coalesce(${grantedNow.day}, 0) as day,
        greatest(altalune_now(), counter.minute_start, counter.day_start) as now
      from (values (${projectId}::bigint, ${apiKeyId}::bigint)) as key (project_id, api_key_id)
      left join altalune_rate_limits as counter
        on counter.project_id = key.project_id and counter.api_key_id = key.api_key_id
    `.execute(db);
    const [row] = rows;
    if (row === undefined) {
      throw new Error("a select of one row returned none");
    }
    return spentOf(row);
  },
};

function withinLimits(limits: readonly WindowLimit[], price: RawBuilder<unknown>): RawBuilder<unknown> {
  const conditions = limits.map(({ window, limit }) => sql`${grantedNow[window]} + ${price} <= ${limit}::bigint`);
  return sql.join(conditions, sql` and `);
}

function spentOf({ minute, day, now }: SpentRow): Spent {
  return { minute: Number(minute), day: Number(day), now };
}
