import { type Kysely, sql } from "kysely";

/**
 * Locks owners, in the order in which they are given, and counts those of their keys that are neither revoked nor expired, which
 * nobody can add to afterwards; an owner without any is left out. A project's owners are counted by a plan of their own: with the
 * project known, it is made for one partition, and one that was kept from when there were few rows might read all of them.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create function altalune_lock_owners(project_ids bigint[], owner_ids text[])
    returns table (project_id bigint, owner_id text, live bigint)
    language plpgsql
    set plan_cache_mode = force_custom_plan
    as $$
      declare
        held record;
      begin
        insert into altalune_api_key_owners as owner (project_id, owner_id)
        select given.project_id, given.owner_id
        from unnest(project_ids, owner_ids) with ordinality as given (project_id, owner_id, place)
        order by place
        -- An update of nothing, for its lock.
        on conflict on constraint altalune_api_key_owners_pkey do update set owner_id = excluded.owner_id;
        -- By other statements, which see what those have done whom the first has waited for.
        for held in
          select owner.project_id, array_agg(owner.owner_id) as owner_ids
          from unnest(project_ids, owner_ids) as owner (project_id, owner_id)
          group by owner.project_id
        loop
          return query
          -- Where it was a condition, the end would be looked up by its own index while the planner knows little of the table.
          select key.project_id, key.owner_id, count(*) filter (where key.expires_at > altalune_now())
          from altalune_project_api_keys as key
          where key.project_id = held.project_id and key.owner_id = any(held.owner_ids) and key.revoked_at is null
          group by key.project_id, key.owner_id;
        end loop;
      end
    $$
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function altalune_lock_owners(bigint[], text[])`.execute(db);
}
