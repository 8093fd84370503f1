import { type Kysely, sql } from "kysely";
import { up as lockOwnersTogether } from "./0015_lock_owners.js";

/**
 * Owners' live keys are counted an owner at a time, by a plan that each session makes once: a transaction that creates keys of many
 * projects spent two fifths of the database's time on making a plan for each project. A plan that is kept from when there were few rows must
 * not be one that reads all of them later: without sorts, only the index on (project_id, owner_id, name) has the order that is asked for, as
 * long as the owner is not a constant to the planner. It is cheap, whatever the planner thinks of all partitions together: nothing is compiled.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create or replace function altalune_lock_owners(project_ids bigint[], owner_ids text[])
    returns table (project_id bigint, owner_id text, live bigint)
    language plpgsql
    set plan_cache_mode = force_generic_plan
    set enable_sort = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set jit = off
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
          select owner.project_id, owner.owner_id from unnest(project_ids, owner_ids) as owner (project_id, owner_id)
        loop
          return query
          select held.project_id, held.owner_id, count(*) filter (where key.expires_at > altalune_now())
          from (
            select expires_at from altalune_project_api_keys as owned
            where owned.project_id = held.project_id and owned.owner_id between held.owner_id and held.owner_id
              and owned.revoked_at is null
            order by owned.owner_id, owned.name
            offset 0
          ) as key;
        end loop;
      end
    $$
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function altalune_lock_owners(bigint[], text[])`.execute(db);
  await lockOwnersTogether(db);
}
