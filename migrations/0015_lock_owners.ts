import { type Kysely, sql } from "kysely";

/**
 * Locks owners, in the order in which they are given, and counts their keys that are neither revoked nor expired, which nobody can
 * add to afterwards. A function, whose plan the session keeps: to plan the look-up in all partitions takes many times as long as
 * to run it. The plan is the same for all owners; by its estimate one of each would be cheaper, which is wrong.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create function altalune_lock_owners(project_ids bigint[], owner_ids text[])
    returns table (project_id bigint, owner_id text, live bigint)
    language plpgsql
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
    set jit = off
    as $$
      begin
        insert into altalune_api_key_owners as owner (project_id, owner_id)
        select given.project_id, given.owner_id
        from unnest(project_ids, owner_ids) with ordinality as given (project_id, owner_id, place)
        order by place
        -- An update of nothing, for its lock.
        on conflict on constraint altalune_api_key_owners_pkey do update set owner_id = excluded.owner_id;
        -- By another statement, which sees what those have done whom the first has waited for.
        return query
        select given.project_id, given.owner_id, (
          -- In the order of the index on owners: a plan that was made while there were few rows, when any index or none is as
          -- good, is kept.
          select count(*) from (
            select from altalune_project_api_keys as key
            where key.project_id = given.project_id and key.owner_id = given.owner_id
              and key.revoked_at is null and key.expires_at > altalune_now()
            order by key.name
          ) as live
        )
        from unnest(project_ids, owner_ids) as given (project_id, owner_id);
      end
    $$
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function altalune_lock_owners(bigint[], text[])`.execute(db);
}
