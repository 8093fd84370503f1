import { type Kysely, sql } from "kysely";

/**
 * Sessions in which owners manage their own keys: of code and token the digests are here. The primary key lets a code be used once,
 * the indexes find a token, an owner's sessions, and those that are over.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_portal_sessions (
      project_id bigint not null,
      code_digest bytea not null,
      code_expires_at timestamptz(3) not null,
      token_digest bytea,
      owner_id text collate "C" not null,
      permissions text[] not null,
      return_url text not null,
      expires_at timestamptz(3) not null,
      primary key (project_id, code_digest)
    )
  `.execute(db);
  await sql`
    create unique index altalune_portal_sessions_token_idx
    on altalune_portal_sessions (project_id, token_digest)
    where token_digest is not null
  `.execute(db);
  await sql`
    create index altalune_portal_sessions_owner_idx on altalune_portal_sessions (project_id, owner_id)
  `.execute(db);
  await sql`create index altalune_portal_sessions_expires_at_idx on altalune_portal_sessions (expires_at)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_portal_sessions`.execute(db);
}
