import { type Kysely, sql } from "kysely";
import type { Database } from "../../src/platform/postgres/database.js";

/**
 * Gives a project so many keys, each with its secret, in two statements. Their names, times and expirations are in no order
 * of their ids, a tenth never expire (so that the tie-break has work to do), and they belong to ten thousand owners.
 */
export async function fillProject(db: Kysely<Database>, projectId: bigint, count: number): Promise<void> {
  await sql`
    insert into altalune_project_api_keys
      (project_id, public_id, name, owner_id, display_prefix, digest, scopes, tier, metadata, expires_at, created_at, updated_at)
    select
      ${projectId},
      left(translate(md5('id' || n), '01', 'gh'), 14),
      'key ' || md5('name' || n),
      'owner-' || n % 10000,
      'sk-' || left(md5('prefix' || n), 5),
      sha256(convert_to('key' || n, 'UTF8')),
      array['orders:read', 'orders:write'],
      case n % 3 when 0 then 'pro' else '' end,
      '{"team": "billing"}',
      case n % 10 when 0 then 'infinity' else altalune_now() + make_interval(secs => random() * 700 * 86400) end,
      made.at,
      made.at + make_interval(secs => random() * 86400)
    from
      generate_series(1, ${count}::int) as n,
      lateral (select altalune_now() - make_interval(secs => random() * 365 * 86400 + n * 0) as at) as made
  `.execute(db);
  await sql`
    insert into altalune_api_key_secrets (digest, project_id, api_key_id)
    select digest, project_id, id from altalune_project_api_keys where project_id = ${projectId}
  `.execute(db);
  await sql`vacuum analyze altalune_project_api_keys`.execute(db);
  await sql`vacuum analyze altalune_api_key_secrets`.execute(db);
}
