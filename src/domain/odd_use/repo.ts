import { type RawBuilder, sql } from "kysely";
import { binaryArray } from "../../platform/postgres/binary-array.js";
import { deleteSome } from "../../platform/postgres/delete-some.js";
import { revocationReasonOf } from "../api_key/model.js";
import { type UsageCode, usageCodeNumbers } from "../usage/model.js";
import type { Look, OddUseStore } from "./interface.js";
import {
  keptADay,
  keptDays,
  liveCodes,
  type SourceKind,
  sourceKindNumbers,
  type ToldKind,
  toldKindNumbers,
  type UseFigures,
} from "./model.js";

/** Serialises instances where sources are added up, so that no more than are kept get in at once; the number is arbitrary. */
const sourcesLock = 6_315_003;
/** Longer than an hour that is still looked at. */
const toldHours = 48;

const today = sql`(altalune_now() at time zone 'UTC')::date`;
const thisHour = sql`date_trunc('hour', altalune_now(), 'UTC')`;
const networks = sql.lit(sourceKindNumbers.network);

const toldKinds = new Map(Object.entries(toldKindNumbers).map(([kind, number]) => [number, kind as ToldKind]));
const sourceKinds = new Map(Object.entries(sourceKindNumbers).map(([kind, number]) => [number, kind as SourceKind]));

export const oddUseRepo: OddUseStore = {
  async addSources(tx, { projectIds, apiKeyIds, kinds, values, verifications }) {
    await sql`select pg_advisory_xact_lock(${sql.lit(sourcesLock)})`.execute(tx);
    // Each row that is there is found by the primary key. What is new gets what is left of the day's room, the most first.
    await sql`
      with given as materialized (
        select project_id, api_key_id, kind, value, sum(verifications)::bigint as verifications
        from unnest(
          ${binaryArray("bigint", projectIds)}::bigint[], ${binaryArray("bigint", apiKeyIds)}::bigint[],
          ${binaryArray("smallint", kinds)}::smallint[], ${[...values]}::text[],
          ${binaryArray("bigint", verifications)}::bigint[]
        ) as given (project_id, api_key_id, kind, value, verifications)
        group by project_id, api_key_id, kind, value
      ),
      compared as materialized (
        select given.*, value = '' or exists (
          select from altalune_api_key_sources as source
          where source.project_id = given.project_id and source.api_key_id = given.api_key_id and source.day = ${today}
            and source.kind = given.kind and source.value = given.value
        ) as has_place
        from given
      ),
      room as (
        select project_id, api_key_id, kind, ${sql.lit(keptADay)} - (
          select count(*) from altalune_api_key_sources as source
          where source.project_id = wanted.project_id and source.api_key_id = wanted.api_key_id and source.day = ${today}
            and source.kind = wanted.kind and source.value <> ''
        ) as places
        from (select distinct project_id, api_key_id, kind from compared where not has_place) as wanted
      ),
      placed as (
        select project_id, api_key_id, kind, verifications,
          case
            when has_place then value
            when row_number() over (
              partition by project_id, api_key_id, kind, has_place order by verifications desc, value
            ) <= places then value
            else ''
          end as value
        from compared left join room using (project_id, api_key_id, kind)
      ),
      added as (
        insert into altalune_api_key_sources as source
          (project_id, api_key_id, day, kind, value, verifications, first_at, last_at)
        select project_id, api_key_id, ${today}, kind, value, sum(verifications)::bigint, altalune_now(), altalune_now()
        from placed
        group by project_id, api_key_id, kind, value
        order by project_id, api_key_id, kind, value
        on conflict (project_id, api_key_id, day, kind, value) do update set
          verifications = source.verifications + excluded.verifications,
          last_at = greatest(source.last_at, excluded.last_at)
        returning project_id, api_key_id, kind, value, xmax = 0 as is_new
      )
      insert into altalune_odd_use_looks (project_id, api_key_id, hour)
      select distinct project_id, api_key_id, ${thisHour}
      from added
      where is_new and kind = ${networks} and value <> ''
    `.execute(tx);
  },

  async projectsToLookAt(db, limit) {
    const { rows } = await sql<{ id: bigint; public_id: string | null }>`
      select due.project_id as id, project.public_id
      from (select distinct project_id from altalune_odd_use_looks limit ${limit}) as due
      left join altalune_projects as project on project.id = due.project_id and project.deleted_at is null
    `.execute(db);
    return rows.map(({ id, public_id }) => ({ id, publicId: public_id ?? undefined }));
  },

  async lockLooks(tx, projectId, limit) {
    const { rows } = await sql<{ id: bigint; api_key_id: bigint; hour: Date }>`
      select id, api_key_id, hour from altalune_odd_use_looks
      where project_id = ${projectId} order by id limit ${limit} for update skip locked
    `.execute(tx);
    return rows.map(({ id, api_key_id, hour }) => ({ id, apiKeyId: api_key_id, hour }));
  },

  async figures(tx, projectId, looks) {
    const { rows } = await sql<FigureRow>`
      with look as (
        select distinct api_key_id, to_timestamp(ms / 1000.0) as hour
        from unnest(
          ${binaryArray("bigint", looks.map(apiKeyIdOf))}::bigint[],
          ${binaryArray(
            "bigint",
            looks.map(({ hour }) => hour.getTime()),
          )}::bigint[]
        ) as look (api_key_id, ms)
      )
      select
        key.id, key.public_id, look.hour, altalune_now() as now, key.revoked_at, key.revocation_reason,
        used.verifications, used.revoked, used.scope_refusals, used.limited,
        case when weeks.has_been_used then coalesce(weeks.usual, 0) end as usual,
        refused.usual as usual_refusals,
        coalesce(known.networks, '[]') as networks, coalesce(before.usual, 0) as usual_networks,
        coalesce(before.from_anywhere, false) as from_anywhere
      from look
      join altalune_project_api_keys as key on key.project_id = ${projectId} and key.id = look.api_key_id
      cross join lateral (
        select
          ${sumOf(...liveCodes)} as verifications, ${sumOf("revoked")} as revoked,
          ${sumOf("insufficient_scope")} as scope_refusals, ${sumOf("rate_limited")} as limited
        from altalune_api_key_usage as usage
        where project_id = ${projectId} and api_key_id = look.api_key_id and hour = look.hour
      ) as used
      cross join lateral (
        select
          (
            select max(verifications)::float8 from (
              select sum(verifications) as verifications
              from altalune_api_key_usage as usage
              where project_id = ${projectId} and api_key_id = look.api_key_id and hour = any(array(
                select look.hour - week * interval '7 days' + beside * interval '1 hour'
                from generate_series(1, 4) as week, generate_series(-1, 1) as beside
              )) and ${isOf(...liveCodes)}
              group by usage.hour
            ) as by_hour
          ) as usual,
          exists (
            select from altalune_api_key_usage as usage
            where project_id = ${projectId} and api_key_id = look.api_key_id
              and hour >= look.hour - interval '29 days' and hour <= look.hour - interval '7 days' and ${isOf(...liveCodes)}
          ) as has_been_used
      ) as weeks
      cross join lateral (
        select coalesce(max(verifications), 0)::float8 as usual
        from altalune_api_key_usage as usage
        where project_id = ${projectId} and api_key_id = look.api_key_id
          and hour >= look.hour - interval '7 days' and hour < look.hour
          and ${isOf("insufficient_scope")}
      ) as refused
      cross join lateral (
        select json_agg(json_build_object('network', value, 'first', first_ms, 'last', last_ms) order by first_ms, value) as networks
        from (
          select value, extract(epoch from min(first_at)) * 1000 as first_ms, extract(epoch from max(last_at)) * 1000 as last_ms
          from altalune_api_key_sources as source
          where project_id = ${projectId} and api_key_id = look.api_key_id and kind = ${networks} and value <> ''
          group by value
        ) as network
      ) as known
      cross join lateral (
        select max(networks)::integer as usual, bool_or(from_anywhere) as from_anywhere
        from (
          select count(*) filter (where value <> '') as networks, bool_or(value = '') as from_anywhere
          from altalune_api_key_sources as source
          where project_id = ${projectId} and api_key_id = look.api_key_id and kind = ${networks}
            and day < (look.hour at time zone 'UTC')::date
          group by day
        ) as by_day
      ) as before
    `.execute(tx);
    return rows.map(figuresOf);
  },

  async tell(tx, projectId, tellings) {
    if (tellings.length === 0) {
      return [];
    }
    const { rows } = await sql<{ api_key_id: bigint; kind: number; hour: Date }>`
      insert into altalune_odd_use_signals (project_id, api_key_id, kind, hour)
      select distinct ${projectId}::bigint, api_key_id, kind, to_timestamp(ms / 1000.0)
      from unnest(
        ${binaryArray("bigint", tellings.map(apiKeyIdOf))}::bigint[],
        ${binaryArray(
          "smallint",
          tellings.map(({ kind }) => toldKindNumbers[kind]),
        )}::smallint[],
        ${binaryArray(
          "bigint",
          tellings.map(({ hour }) => hour.getTime()),
        )}::bigint[]
      ) as telling (api_key_id, kind, ms)
      order by 2, 3, 4
      on conflict do nothing
      returning api_key_id, kind, hour
    `.execute(tx);
    return rows.flatMap(({ api_key_id, kind: number, hour }) => {
      const kind = toldKinds.get(number);
      return kind === undefined ? [] : [{ apiKeyId: api_key_id, hour, kind }];
    });
  },

  async removeLooks(tx, projectId, ids) {
    await sql`
      delete from altalune_odd_use_looks where project_id = ${projectId} and id = any(${binaryArray("bigint", ids)}::bigint[])
    `.execute(tx);
  },

  async removeLooksOf(db, projectId) {
    await db.deleteFrom("altalune_odd_use_looks").where("project_id", "=", projectId).execute();
  },

  async deleteSomeOld(db, limit) {
    const sources = await deleteSome(db, {
      table: "altalune_api_key_sources",
      key: ["project_id", "api_key_id", "day", "kind", "value"],
      where: sql`day < ${today} - ${sql.lit(keptDays)}`,
      orderBy: ["day"],
      limit,
    });
    const told = await deleteSome(db, {
      table: "altalune_odd_use_signals",
      key: ["project_id", "api_key_id", "kind", "hour"],
      where: sql`hour < altalune_now() - make_interval(hours => ${sql.lit(toldHours)})`,
      orderBy: ["hour"],
      limit,
    });
    return Math.max(sources, told);
  },

  async topSources(db, projectId, apiKeyId, from, until, limit) {
    const { rows } = await sql<SourceRow>`
      select kind, value, verifications, first_at, last_at
      from (
        select kind, value, sum(verifications)::bigint as verifications, min(first_at) as first_at, max(last_at) as last_at,
          row_number() over (partition by kind order by sum(verifications) desc, value) as place
        from altalune_api_key_sources
        where project_id = ${projectId} and api_key_id = ${apiKeyId} and day >= ${from}::date and day < ${until}::date
        group by kind, value
      ) as source
      where place <= ${limit}
      order by kind, place
    `.execute(db);
    return rows.flatMap(({ kind: number, value, verifications, first_at, last_at }) => {
      const kind = sourceKinds.get(number);
      return kind === undefined ? [] : [{ kind, value, verifications, firstAt: first_at, lastAt: last_at }];
    });
  },
};

interface SourceRow {
  readonly kind: number;
  readonly value: string;
  readonly verifications: bigint;
  readonly first_at: Date;
  readonly last_at: Date;
}

interface FigureRow {
  readonly id: bigint;
  readonly public_id: string;
  readonly hour: Date;
  readonly now: Date;
  readonly revoked_at: Date | null;
  readonly revocation_reason: number | null;
  readonly verifications: number;
  readonly revoked: number;
  readonly scope_refusals: number;
  readonly limited: number;
  readonly usual: number | null;
  readonly usual_refusals: number;
  readonly networks: readonly { readonly network: string; readonly first: number; readonly last: number }[];
  readonly usual_networks: number;
  readonly from_anywhere: boolean;
}

function figuresOf(row: FigureRow): UseFigures {
  return {
    apiKeyId: row.id,
    apiKeyPublicId: row.public_id,
    hour: row.hour,
    now: row.now,
    revokedAt: row.revoked_at ?? undefined,
    revocationReason: row.revocation_reason === null ? undefined : revocationReasonOf(row.revocation_reason),
    verifications: row.verifications,
    revoked: row.revoked,
    scopeRefusals: row.scope_refusals,
    limited: row.limited,
    usualVerifications: row.usual ?? undefined,
    usualScopeRefusals: row.usual_refusals,
    networks: row.networks.map(({ network, first, last }) => ({
      network,
      firstAt: new Date(first),
      lastAt: new Date(last),
    })),
    usualNetworks: row.usual_networks,
    usedFromAnywhere: row.from_anywhere,
  };
}

function sumOf(...codes: readonly UsageCode[]): RawBuilder<unknown> {
  return sql`coalesce(sum(verifications) filter (where ${isOf(...codes)}), 0)::float8`;
}

function isOf(...codes: readonly UsageCode[]): RawBuilder<unknown> {
  return sql`code in (${sql.join(codes.map((code) => sql.lit(usageCodeNumbers[code])))})`;
}

function apiKeyIdOf({ apiKeyId }: Pick<Look, "apiKeyId">): bigint {
  return apiKeyId;
}
