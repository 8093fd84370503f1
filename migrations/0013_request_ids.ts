import { type Kysely, sql } from "kysely";

/**
 * The requests that their clients named, for a day: the primary key lets each work be done once, the index leads the purge to
 * the old ones. Of a request a digest is here, and what it made; creating a project is in the built-in project.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_request_ids (
      project_id bigint not null,
      actor text collate "C" not null,
      request_id text collate "C" not null,
      digest bytea not null,
      resource_id text not null,
      created_at timestamptz(3) not null default altalune_now(),
      primary key (project_id, actor, request_id)
    )
  `.execute(db);
  await sql`create index altalune_request_ids_created_at_idx on altalune_request_ids (created_at)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_request_ids`.execute(db);
}
