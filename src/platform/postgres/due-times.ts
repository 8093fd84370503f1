import { type RawBuilder, sql } from "kysely";

/** What of time is looked at. */
export interface DueTimesOptions {
  readonly projectId: bigint;
  /** Until when it was looked before. What is due since a little earlier is found again. */
  readonly after: Date;
  /** Nothing is found that was due then or before; undefined: `after` alone bounds it. */
  readonly since?: Date;
  /** As `since`, of keys that have ended only. */
  readonly endedSince?: Date;
  readonly until: Date;
  /** The last that was looked at, behind which this look goes on; undefined: nothing was. */
  readonly last: Place | undefined;
  /** How many it looks at. */
  readonly limit: number;
  /** How many days before its end a key is about to end. */
  readonly expiringDays: readonly number[];
  /** How long a value is in force before a new one is due. */
  readonly rotationDueAfterMs: number;
}

/** Among what is looked at, which is in the order of these three. */
interface Place {
  readonly dueAt: Date;
  readonly keyId: bigint;
  readonly what: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const overlapMs = 3 * 60 * 1000;

/** A key may be committed so long after the time that it was made with. */
export const overlap = sql`make_interval(secs => ${sql.lit(overlapMs / 1000)})`;

/**
 * Has the rest of a transaction read pages by their indexes: to be selected by a statement before. Of many new keys the statistics know nothing,
 * and where few are expected, all that are left would be gathered and sorted for each page.
 */
export const byIndexes = sql`set_config('enable_bitmapscan', 'off', true)`;

/** Behind all keys of a moment. */
const behindAll = 2n ** 63n - 1n;

/** Keys that one of their times, at which there is an index, makes due for something. */
interface Part {
  readonly what: string;
  readonly time: "expires_at" | "created_at" | "last_rotated_at";
  /** How much later than what is due that time is. */
  readonly laterMs: number;
  /** Nothing is looked at that was due then or before. */
  readonly from: number;
  readonly days: number | null;
  /** Whether a key that is not revoked is due, beside that time: what nobody finds by an index. */
  readonly isDue: RawBuilder<unknown>;
}

/**
 * What time brings to a project's keys, as parts of a `with`: `page` has the next `limit` times of keys, in their order, that would make them
 * due, and `due` those of them whose end is near or was, or whose value is due for a new one, with `due_at`, when that became so, and
 * `moment`, the end or since when the value is in force. Of several warnings of one end it has the last.
 *
 * A page reads no more of each part than a page, however many are due: each is an index of project, time and id, which is entered at the
 * place behind the last, in a transaction that reads `byIndexes`. So what is not due must be in the page too: whoever looks would go over it again each time.
 */
export function dueTimes(options: DueTimesOptions) {
  const { projectId, until, last, limit } = options;
  const select = (part: Part) => {
    const { what, time, laterMs, days, isDue } = part;
    const column = sql.ref(time);
    const behind = startOf(part, last);
    return sql`(
      select
        id, public_id, name, owner_id, display_prefix, expires_at, ${what}::text collate "C" as what,
        ${column} - make_interval(secs => ${laterMs / 1000}::float8) as due_at, ${days}::int as days, ${column} as moment,
        revoked_at is null and ${isDue} as is_due
      from altalune_project_api_keys
      where project_id = ${projectId}
        and (${column}, id) > (${new Date(behind.dueAt + laterMs)}::timestamptz, ${behind.keyId}::bigint)
        and ${column} <= ${new Date(until.getTime() + laterMs)}::timestamptz
      order by ${column}, id limit ${limit}
    )`;
  };
  // A key that was rotated in the moment in which it was made is there twice in one place.
  return sql`
    page as (
      select * from (${sql.join(partsOf(options).map(select), sql` union all `)}) as part
      order by due_at, id, what, is_due desc limit ${limit}
    ), due as (
      select * from page where is_due
    )
  `;
}

function partsOf({
  after,
  since,
  endedSince,
  until,
  expiringDays,
  rotationDueAfterMs,
}: DueTimesOptions): readonly Part[] {
  const from = Math.max(after.getTime() - overlapMs, since?.getTime() ?? Number.NEGATIVE_INFINITY);
  const ended: Part = {
    what: "api_key.expired",
    time: "expires_at",
    laterMs: 0,
    from: Math.max(from, endedSince?.getTime() ?? Number.NEGATIVE_INFINITY),
    days: null,
    isDue: sql`true`,
  };
  // From where a key is warned of by fewer days, which begins where it has ended.
  const days = [0, ...expiringDays].sort((a, b) => a - b);
  const expiring = days.slice(1).map((count, i): Part => {
    const laterMs = count * dayMs;
    return {
      what: "api_key.expiring",
      time: "expires_at",
      laterMs,
      from: Math.max(from, until.getTime() + (days[i] ?? 0) * dayMs - laterMs),
      days: count,
      isDue: sql`created_at < expires_at - make_interval(days => ${count}::int)`,
    };
  });
  const rotation = {
    what: "api_key.rotation_due",
    laterMs: -rotationDueAfterMs,
    from,
    days: Math.floor(rotationDueAfterMs / dayMs),
  };
  const lives = sql`expires_at > ${until}::timestamptz`;
  return [
    ended,
    ...expiring,
    { ...rotation, time: "created_at", isDue: sql`last_rotated_at is null and ${lives}` },
    { ...rotation, time: "last_rotated_at", isDue: lives },
  ];
}

/** Behind which key a part is entered. */
function startOf({ what, from }: Part, last: Place | undefined): { readonly dueAt: number; readonly keyId: bigint } {
  const lastDueAt = last?.dueAt.getTime() ?? Number.NEGATIVE_INFINITY;
  if (last === undefined || lastDueAt <= from) {
    return { dueAt: from, keyId: behindAll };
  }
  // Of the last key itself, what comes later in the order is still to come.
  return { dueAt: lastDueAt, keyId: what > last.what ? last.keyId - 1n : last.keyId };
}
