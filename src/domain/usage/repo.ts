import { setImmediate } from "node:timers/promises";
import { type RawBuilder, sql } from "kysely";
import { binaryArray } from "../../platform/postgres/binary-array.js";
import { lookedAtFrom } from "../odd_use/model.js";
import type { UsageStore } from "./interface.js";
import {
  type KeyUsage,
  maxBatchRows,
  type UsageBatch,
  type UsageBucket,
  type UsageCode,
  usageCodeNumbers,
  usageCodeOf,
} from "./model.js";

const monthsAhead = 3;
/** Longer than an instance may keep a batch that it does not know to be written. */
const endedDays = 30;
/** Serialise instances, in the making of partitions and in the adding up of the journal; the numbers are arbitrary. */
const partitionLock = 6_315_001;
const journalLock = 6_315_002;

/** Batches of the journal that are condensed at once: up to 1.3 million rows, some seconds' work. */
const maxCondensed = 64;
const condensingMemory = "64MB";

export const usageRepo: UsageStore = {
  async add(db, instanceId, batch) {
    const columns = await columnsOf(batch);
    await sql`
      with batch as (${claim(instanceId, batch)}),
      used as materialized (
        select project_id, api_key_id, ${batch.hour}::timestamptz as hour, code,
          sum(verifications)::bigint as verifications, max(last_used_ms) as last_used_ms
        from unnest(${sql.join(columns)}) as used (project_id, api_key_id, code, verifications, last_used_ms)
        where exists (select from batch)
        group by project_id, api_key_id, code
      ),
      ${addUsed}
      select from batch
    `.execute(db);
  },

  async appendToJournal(db, instanceId, batch) {
    const columns = await columnsOf(batch);
    await sql`
      with batch as (${claim(instanceId, batch)})
      insert into altalune_usage_journal
        (written_at, is_sum, hour, project_ids, api_key_ids, codes, verifications, last_used_ms)
      select altalune_now(), false, ${batch.hour}::timestamptz, ${sql.join(columns)}
      from batch
    `.execute(db);
  },

  async newestInJournal(db, olderThanMs) {
    const { rows } = await sql<{ newest: bigint }>`
      select max(id) as newest
      from altalune_usage_journal
      having bool_or(is_sum or written_at <= altalune_now() - make_interval(secs => ${olderThanMs / 1000}))
    `.execute(db);
    return rows[0]?.newest;
  },

  async lockJournal(tx) {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(${sql.lit(journalLock)}) as locked
    `.execute(tx);
    return rows[0]?.locked === true;
  },

  async condenseJournal(tx, newest) {
    await sql`set local work_mem = ${sql.lit(condensingMemory)}`.execute(tx);
    const { rows } = await sql<{ batches: number }>`
      with batch as (
        delete from altalune_usage_journal
        where id in (
          select id from altalune_usage_journal
          where not is_sum and id <= ${newest}
          order by id
          limit ${sql.lit(maxCondensed)}
        )
        returning hour, project_ids, api_key_ids, codes, verifications, last_used_ms
      ),
      used as (
        select project_id, api_key_id, hour, code,
          sum(used.verifications)::bigint as verifications, max(used.last_used_ms) as last_used_ms
        from batch, ${journalRows("batch")}
        group by project_id, api_key_id, hour, code
      ),
      numbered as (
        select *, row_number() over (partition by hour order by project_id, api_key_id, code) - 1 as number
        from used
      ),
      summed as (
        insert into altalune_usage_journal
          (written_at, is_sum, hour, project_ids, api_key_ids, codes, verifications, last_used_ms)
        select altalune_now(), true, hour, array_agg(project_id), array_agg(api_key_id), array_agg(code),
          array_agg(verifications), array_agg(last_used_ms)
        from numbered
        group by hour, number / ${sql.lit(maxBatchRows)}
      )
      select count(*)::integer as batches from batch
    `.execute(tx);
    return rows[0]?.batches === maxCondensed;
  },

  async addSum(tx) {
    const { rows } = await sql`
      with batch as (
        delete from altalune_usage_journal
        where id = (select id from altalune_usage_journal where is_sum order by id limit 1)
        returning hour, project_ids, api_key_ids, codes, verifications, last_used_ms
      ),
      used as materialized (
        select project_id, api_key_id, hour, code, used.verifications, used.last_used_ms
        from batch, ${journalRows("batch")}
      ),
      ${addUsed}
      select from batch
    `.execute(tx);
    return rows.length > 0;
  },

  async buckets(db, projectId, apiKeyIds, from, until, granularity) {
    const { rows } = await sql<{ start: Date; code: number; verifications: bigint }>`
      select date_trunc(${granularity}, hour, 'UTC') as start, code, sum(verifications)::bigint as verifications
      from (${usedIn(projectId, apiKeyIds, from, until)}) as used
      group by start, code
      order by start, code
    `.execute(db);
    const buckets: (UsageBucket & { readonly counts: Map<UsageCode, bigint> })[] = [];
    for (const { start, code, verifications } of rows) {
      let bucket = buckets.at(-1);
      if (bucket?.start.getTime() !== start.getTime()) {
        bucket = { start, counts: new Map() };
        buckets.push(bucket);
      }
      const name = usageCodeOf(code);
      if (name !== undefined) {
        bucket.counts.set(name, verifications);
      }
    }
    return buckets;
  },

  async topKeys(db, projectId, apiKeyId, from, until, limit) {
    const { rows } = await sql<{ id: bigint; code: number; verifications: bigint }>`
      with counted as (
        select api_key_id as id, code, sum(verifications)::bigint as verifications
        from (${usedIn(projectId, apiKeyId, from, until)}) as used
        group by id, code
      ),
      top as (
        select id, sum(verifications) as total from counted group by id order by total desc, id limit ${limit}
      )
      select id, code, verifications from top join counted using (id) order by total desc, id, code
    `.execute(db);
    const keys: (KeyUsage & { readonly counts: Map<UsageCode, bigint> })[] = [];
    for (const { id, code, verifications } of rows) {
      let key = keys.at(-1);
      if (key?.apiKeyId !== id) {
        key = { apiKeyId: id, counts: new Map() };
        keys.push(key);
      }
      const name = usageCodeOf(code);
      if (name !== undefined) {
        key.counts.set(name, verifications);
      }
    }
    return keys;
  },

  async makePartitions(db) {
    await db.transaction().execute(async (tx) => {
      const { rows: locks } = await sql<{ locked: boolean }>`
        select pg_try_advisory_xact_lock(${sql.lit(partitionLock)}) as locked
      `.execute(tx);
      if (locks[0]?.locked !== true) {
        // Another instance makes them.
        return;
      }
      const { rows } = await sql<{ name: string; from: string; until: string }>`
        select
          'altalune_api_key_usage_' || to_char(month, 'YYYYMM') as name,
          to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00' as from,
          to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00' as until
        from generate_series(
          date_trunc('month', altalune_now() at time zone 'UTC'),
          date_trunc('month', altalune_now() at time zone 'UTC') + make_interval(months => ${sql.lit(monthsAhead)}),
          interval '1 month'
        ) as month
        where to_regclass('altalune_api_key_usage_' || to_char(month, 'YYYYMM')) is null
          and not exists (
            select from altalune_api_key_usage_default
            where hour >= month at time zone 'UTC' and hour < (month + interval '1 month') at time zone 'UTC'
          )
      `.execute(tx);
      for (const { name, from, until } of rows) {
        await sql`
          create table ${sql.ref(name)} partition of altalune_api_key_usage
          for values from (${sql.lit(from)}) to (${sql.lit(until)}) with (fillfactor = 70)
        `.execute(tx);
      }
    });
  },

  async forgetEndedInstances(db) {
    await db
      .deleteFrom("altalune_usage_batches")
      .where("written_at", "<", sql<Date>`altalune_now() - make_interval(days => ${sql.lit(endedDays)})`)
      .execute();
  },
};

/** Names the batch as the last of its instance. Gives its sequence, or no row when it was written before. */
function claim(instanceId: string, { sequence }: UsageBatch): RawBuilder<unknown> {
  return sql`
    insert into altalune_usage_batches as last (instance_id, sequence, written_at)
    values (${instanceId}, ${sequence}, altalune_now())
    on conflict (instance_id) do update set sequence = excluded.sequence, written_at = excluded.written_at
    where last.sequence < excluded.sequence
    returning sequence
  `;
}

/** The columns of a batch as parameters. Each takes the event loop a millisecond: verification goes on in between. */
async function columnsOf(batch: UsageBatch): Promise<RawBuilder<unknown>[]> {
  const { projectIds, apiKeyIds, codes, verifications, lastUsedMs } = batch;
  const parameters: RawBuilder<unknown>[] = [];
  for (const column of [
    () => sql`${binaryArray("bigint", projectIds)}::bigint[]`,
    () => sql`${binaryArray("bigint", apiKeyIds)}::bigint[]`,
    () => sql`${binaryArray("smallint", codes)}::smallint[]`,
    () => sql`${binaryArray("bigint", verifications)}::bigint[]`,
    () => sql`${binaryArray("bigint", lastUsedMs)}::bigint[]`,
  ]) {
    parameters.push(column());
    await setImmediate();
  }
  return parameters;
}

/** What there was of a project, added up or in the journal; of these keys alone, where some are named. */
function usedIn(
  projectId: bigint,
  apiKeyIds: bigint | readonly bigint[] | undefined,
  from: Date,
  until: Date,
): RawBuilder<unknown> {
  const ofKey =
    apiKeyIds === undefined
      ? sql``
      : typeof apiKeyIds === "bigint"
        ? sql`and api_key_id = ${apiKeyIds}`
        : sql`and api_key_id = any(${apiKeyIds}::bigint[])`;
  return sql`
    select api_key_id, hour, code, verifications
    from altalune_api_key_usage
    where project_id = ${projectId} and hour >= ${from} and hour < ${until} ${ofKey}
    union all
    select api_key_id, hour, code, used.verifications
    from altalune_usage_journal as journal, ${journalRows("journal")}
    where hour >= ${from} and hour < ${until}
      and ${projectId} = any(journal.project_ids) and project_id = ${projectId} ${ofKey}
  `;
}

/** @param table the journal, or rows of it */
function journalRows(table: string): RawBuilder<unknown> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  return sql`
    unnest(
      ${column("project_ids")}, ${column("api_key_ids")}, ${column("codes")},
      ${column("verifications")}, ${column("last_used_ms")}
    ) as used (project_id, api_key_id, code, verifications, last_used_ms)
  `;
}

const leastForLook = sql.join(
  Object.entries(lookedAtFrom).map(
    ([code, least]) => sql`when ${sql.lit(usageCodeNumbers[code as UsageCode])} then ${sql.lit(least)}`,
  ),
  sql` `,
);

/**
 * Lets keys be looked at for odd use, each time that the sum of a code in an hour reaches another power of two: the highest bit of two
 * numbers differs where their difference by bits is more than the smaller one. So a key is looked at some twenty times an hour for each
 * code at most, by all instances together.
 */
const lookAtOddUse = sql`
  looks as (
    insert into altalune_odd_use_looks (project_id, api_key_id, hour)
    select distinct project_id, api_key_id, hour
    from counted join used using (project_id, api_key_id, hour, code)
    where counted.verifications >= (case code ${leastForLook} end)
      and (counted.verifications # (counted.verifications - used.verifications)) > counted.verifications - used.verifications
  )
`;

/**
 * Adds up what `used` holds, once a key, hour and code. What is sorted by primary key cannot lock out another instance's batch.
 * Keys that were deleted meanwhile have no activity any more.
 */
const addUsed = sql`
  counted as (
    insert into altalune_api_key_usage as usage (project_id, api_key_id, hour, code, verifications)
    select project_id, api_key_id, hour, code, verifications
    from used
    order by project_id, api_key_id, hour, code
    on conflict (project_id, api_key_id, hour, code)
    do update set verifications = usage.verifications + excluded.verifications
    returning project_id, api_key_id, hour, code, verifications
  ),
  ${lookAtOddUse},
  active as (
    insert into altalune_api_key_activity as activity (project_id, api_key_id, last_used_at)
    select used.project_id, used.api_key_id, to_timestamp(max(used.last_used_ms) / 1000.0)
    from used
    join altalune_project_api_keys as key on key.project_id = used.project_id and key.id = used.api_key_id
    where used.last_used_ms > 0
    group by used.project_id, used.api_key_id
    order by used.project_id, used.api_key_id
    on conflict (project_id, api_key_id)
    do update set last_used_at = greatest(activity.last_used_at, excluded.last_used_at)
  )
`;
