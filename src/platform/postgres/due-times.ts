import { type RawBuilder, sql } from "kysely";

/** What of time is looked at. */
export interface DueTimesOptions {
  readonly projectId: bigint;
  /** After when something must be due; not at it. */
  readonly from: RawBuilder<unknown>;
  readonly until: Date;
  /** How many days before its end a key is about to end. */
  readonly expiringDays: readonly number[];
  /** How long a value is in force before a new one is due. */
  readonly rotationDueAfterMs: number;
}

/**
 * What time brings to a project's keys, as parts of a `with`: `due` has the keys whose end is near or was, or whose value is due for a
 * new one, with `due_at`, when that became so, and `moment`, the end or since when the value is in force. Of several warnings of one
 * end it has the last.
 */
export function dueTimes({ projectId, from, until, expiringDays, rotationDueAfterMs }: DueTimesOptions) {
  // Each part on an index of (project_id, expires_at), (project_id, created_at) or (project_id, last_rotated_at).
  const within = (time: RawBuilder<unknown>, later: RawBuilder<unknown>) =>
    sql`${time} > ${from} + ${later} and ${time} <= ${until}::timestamptz + ${later}`;
  const life = sql`make_interval(secs => ${rotationDueAfterMs / 1000}::float8)`;
  const lifeDays = sql`${Math.floor(rotationDueAfterMs / dayMs)}::int`;
  return sql`
    live as not materialized (
      select * from altalune_project_api_keys where project_id = ${projectId} and revoked_at is null
    ), part as (
      select
        public_id, name, owner_id, display_prefix, expires_at, 'api_key.expired' as what, expires_at as due_at,
        null::int as days, expires_at as moment
      from live where ${within(sql`expires_at`, sql`interval '0'`)}
      union all
      select * from (
        select distinct on (public_id)
          public_id, name, owner_id, display_prefix, expires_at, 'api_key.expiring',
          expires_at - make_interval(days => days), days, expires_at
        from unnest(${[...expiringDays]}::int[]) as days join live on ${within(sql`expires_at`, sql`make_interval(days => days)`)}
        where expires_at > ${until} and created_at < expires_at - make_interval(days => days)
        order by public_id, days
      ) as expiring
      union all
      select
        public_id, name, owner_id, display_prefix, expires_at, 'api_key.rotation_due', created_at + ${life}, ${lifeDays},
        created_at
      from live where last_rotated_at is null and expires_at > ${until} and ${within(sql`created_at`, sql`-${life}`)}
      union all
      select
        public_id, name, owner_id, display_prefix, expires_at, 'api_key.rotation_due', last_rotated_at + ${life},
        ${lifeDays}, last_rotated_at
      from live
      where last_rotated_at is not null and expires_at > ${until} and ${within(sql`last_rotated_at`, sql`-${life}`)}
    ), due as (
      select
        public_id, name, owner_id, display_prefix, expires_at, what collate "C" as what,
        due_at::timestamptz(3) as due_at, days, moment::timestamptz(3) as moment
      from part
    )
  `;
}

const dayMs = 24 * 60 * 60 * 1000;
