import { type Kysely, sql } from "kysely";
import type { Database } from "../../../src/platform/postgres/database.js";

/**
 * Writes many keys of a project, with their secrets, in one statement. The i-th is named `key <i>`; owners, tiers, scopes,
 * states and times repeat, so that there are ties and every filter finds some.
 */
export async function seedKeys(db: Kysely<Database>, projectId: string, count: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    // A hundred thousand take a busy machine longer than the service lets a statement run.
    await sql`set local statement_timeout = 0`.execute(tx);
    await sql`
      with keys as (
        insert into altalune_project_api_keys (
          project_id, public_id, name, owner_id, display_prefix, digest, scopes, tier, active, expires_at, revoked_at,
          revocation_reason, created_at, updated_at
        )
        select
          id,
          lpad(i::text, 14, 'x'),
          'key ' || i,
          'owner ' || i % 400,
          'sk-' || lpad((i % 900)::text, 5, '0'),
          sha256(convert_to(public_id || i, 'UTF8')),
          array['common', 'group:' || i % 300],
          (array['', 'free', 'pro', 'enterprise'])[1 + i % 4],
          i % 500 <> 3,
          case when i % 5 = 0 then 'infinity' else altalune_now() + (i % 700 - 20) * interval '1 day' end,
          case when i % 400 = 1 then altalune_now() end,
          case when i % 400 = 1 then 1 end,
          altalune_now() - i / 3 * interval '1 minute',
          altalune_now() - i % 97 * interval '1 hour'
        from altalune_projects, generate_series(1, ${count}::integer) as i
        where public_id = ${projectId}
        returning project_id, id, digest
      )
      insert into altalune_api_key_secrets (digest, project_id, api_key_id) select digest, project_id, id from keys
    `.execute(tx);
  });
}

/** Notes that every other key was used, and lets Postgres see what its tables hold, as autovacuum does in time. */
export async function settle(db: Kysely<Database>): Promise<void> {
  await sql`
    insert into altalune_api_key_activity (project_id, api_key_id, last_used_at)
    select project_id, id, altalune_now() from altalune_project_api_keys where id % 2 = 0
  `.execute(db);
  await sql`vacuum analyze`.execute(db);
}
