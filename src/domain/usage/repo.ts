import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import type { UsageStore } from "./interface.js";
import { type UsageBucket, type UsageCode, usageCodes } from "./model.js";

const monthsAhead = 3;
/** Longer than an instance may keep a batch that it does not know to be written. */
const endedDays = 30;
/** Serialises the making of partitions among instances; the number is arbitrary. */
const partitionLock = 6_315_001;

export const usageRepo: UsageStore = {
  async add(db, instanceId, batch) {
    const projectIds = await arrayOf(batch.projectIds);
    const apiKeyIds = await arrayOf(batch.apiKeyIds);
    const codes = await arrayOf(batch.codes);
    const verifications = await arrayOf(batch.verifications);
    const lastUsedMs = await arrayOf(batch.lastUsedMs);
    // What is sorted by primary key cannot lock out another instance's batch. Keys that were deleted meanwhile have no
    // activity any more.
    await sql`
      with batch as (
        insert into altalune_usage_batches as last (instance_id, sequence, written_at)
        values (${instanceId}, ${batch.sequence}, altalune_now())
        on conflict (instance_id) do update set sequence = excluded.sequence, written_at = excluded.written_at
        where last.sequence < excluded.sequence
        returning sequence
      ), used as materialized (
        select *
        from unnest(
          ${projectIds}::bigint[],
          ${apiKeyIds}::bigint[],
          ${codes}::smallint[],
          ${verifications}::bigint[],
          ${lastUsedMs}::bigint[]
        ) as used (project_id, api_key_id, code, verifications, last_used_ms)
        where exists (select from batch)
      ), counted as (
        insert into altalune_api_key_usage as usage (project_id, api_key_id, hour, code, verifications)
        select project_id, api_key_id, ${batch.hour}::timestamptz, code, verifications
        from used
        order by project_id, api_key_id, code
        on conflict (project_id, api_key_id, hour, code)
        do update set verifications = usage.verifications + excluded.verifications
      )
      insert into altalune_api_key_activity as activity (project_id, api_key_id, last_used_at)
      select used.project_id, used.api_key_id, to_timestamp(used.last_used_ms / 1000.0)
      from used
      join altalune_project_api_keys as key on key.project_id = used.project_id and key.id = used.api_key_id
      where used.last_used_ms > 0
      order by used.project_id, used.api_key_id
      on conflict (project_id, api_key_id)
      do update set last_used_at = greatest(activity.last_used_at, excluded.last_used_at)
    `.execute(db);
  },

  async buckets(db, projectId, apiKeyId, from, until, granularity) {
    let query = db
      .selectFrom("altalune_api_key_usage")
      .select([
        sql<Date>`date_trunc(${granularity}, hour, 'UTC')`.as("start"),
        "code",
        sql<bigint>`sum(verifications)::bigint`.as("verifications"),
      ])
      .where("project_id", "=", projectId)
      .where("hour", ">=", from)
      .where("hour", "<", until)
      .groupBy([sql`1`, "code"])
      .orderBy(sql`1`)
      .orderBy("code");
    if (apiKeyId !== undefined) {
      query = query.where("api_key_id", "=", apiKeyId);
    }
    const buckets: (UsageBucket & { readonly counts: Map<UsageCode, bigint> })[] = [];
    for (const { start, code, verifications } of await query.execute()) {
      let bucket = buckets.at(-1);
      if (bucket?.start.getTime() !== start.getTime()) {
        bucket = { start, counts: new Map() };
        buckets.push(bucket);
      }
      const name = usageCodes[code - 1];
      if (name !== undefined) {
        bucket.counts.set(name, verifications);
      }
    }
    return buckets;
  },

  async makePartitions(db) {
    await db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${sql.lit(partitionLock)})`.execute(tx);
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

/** Numbers that are written out in one turn of the event loop: verification goes on beside. */
const numbersATurn = 5_000;

/**
 * Postgres' own spelling of an array of numbers: the driver would escape each, for several times the cost of all else.
 */
async function arrayOf(numbers: readonly (bigint | number)[]): Promise<string> {
  const parts: string[] = [];
  for (let start = 0; start < numbers.length; start += numbersATurn) {
    parts.push(numbers.slice(start, start + numbersATurn).join(","));
    await setImmediate();
  }
  return `{${parts.join(",")}}`;
}
