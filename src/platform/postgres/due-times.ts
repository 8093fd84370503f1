import { type RawBuilder, sql } from "kysely";

/** What of time is looked at. */
export interface DueTimesOptions {
  readonly projectId: bigint;
  /** Until when it was looked before. What is due since a little earlier is found again. */
  readonly after: Date;
  /** Nothing is found that was due then or before; undefined: a look goes back behind `after` in any case. */
  readonly since?: Date;
  readonly until: Date;
  /** The last that was taken, behind which this look goes on; undefined: nothing was. */
  readonly last: { readonly dueAt: Date; readonly resourceId: string; readonly what: string } | undefined;
  /** How many days before its end a key is about to end. */
  readonly expiringDays: readonly number[];
  /** How long a value is in force before a new one is due. */
  readonly rotationDueAfterMs: number;
}

/** A key may be committed so long after the time that it was made with. */
export const overlap = sql`interval '3 minutes'`;

/**
 * What time brings to a project's keys, as parts of a `with`: `due` has the keys whose end is near or was, or whose value is due for a
 * new one, with `due_at`, when that became so, and `moment`, the end or since when the value is in force. Of several warnings of one
 * end it has the last. They are to be taken in the order of `due_at`, `public_id` and `what`.
 */
export function dueTimes(options: DueTimesOptions) {
  const { projectId, after, since, until, last, expiringDays, rotationDueAfterMs } = options;
  // What is null is not looked at. The time of what was taken last is rounded.
  const from = sql`greatest(
    ${after}::timestamptz - ${overlap}, ${since ?? null}::timestamptz,
    ${last?.dueAt ?? null}::timestamptz - interval '1 millisecond'
  )`;
  const isBehind = [
    ...(since === undefined ? [] : [sql`due_at > ${since}`]),
    ...(last === undefined
      ? []
      : [sql`(due_at, public_id, what) > (${last.dueAt}::timestamptz, ${last.resourceId}, ${last.what})`]),
  ];
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
      select * from (
        select
          public_id, name, owner_id, display_prefix, expires_at, what collate "C" as what,
          due_at::timestamptz(3) as due_at, days, moment::timestamptz(3) as moment
        from part
      ) as rounded
      where ${isBehind.length === 0 ? sql`true` : sql.join(isBehind, sql` and `)}
    )
  `;
}

const dayMs = 24 * 60 * 60 * 1000;
