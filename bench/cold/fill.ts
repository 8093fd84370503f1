import { type Kysely, sql } from "kysely";
import type { Database } from "../../src/platform/postgres/database.js";

const batch = 250_000;
const projects = 100;

/** The value of a key: of a shape that is not ours, so that the database can make ten million of them itself. */
export function keyValue(index: number): string {
  return `imported-key-${index}`;
}

/** Gives a database so many keys, in a hundred projects, each with its secret. */
export async function fill(db: Kysely<Database>, count: number): Promise<void> {
  await sql`
    insert into altalune_projects
      (public_id, name, key_prefix, max_keys_per_owner, allow_never_expires, default_scopes, default_tier)
    select left(translate(md5('project' || n), '01', 'gh'), 14), 'project ' || n, 'sk-', 0, true, '{}', ''
    from generate_series(1, ${projects}::int) as n
  `.execute(db);
  for (let start = 0; start < count; start += batch) {
    const end = Math.min(start + batch, count) - 1;
    await sql`
      with project as (
        select array_agg(id order by id) as ids from altalune_projects where id <> 0
      ), key as (
        insert into altalune_project_api_keys
          (project_id, public_id, name, owner_id, display_prefix, digest, scopes, tier, expires_at)
        select
          project.ids[1 + n % ${projects}::int],
          left(translate(md5('id' || n), '01', 'gh'), 14),
          'key ' || n,
          'owner ' || n % 10000,
          'imported-key-',
          sha256(convert_to('imported-key-' || n, 'UTF8')),
          array['orders:read', 'orders:write'],
          '',
          'infinity'
        from generate_series(${start}::int, ${end}::int) as n, project
        returning project_id, id, digest
      )
      insert into altalune_api_key_secrets (digest, project_id, api_key_id)
      select digest, project_id, id from key
    `.execute(db);
  }
  await sql`vacuum analyze altalune_project_api_keys`.execute(db);
  await sql`vacuum analyze altalune_api_key_secrets`.execute(db);
}
