import { type Kysely, sql } from "kysely";

/**
 * When keys are rotated by the service itself, and the values that wait to be claimed, sealed under the master key. A secret that
 * awaits its use is one whose value was, or is, among these.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_projects add column rotation_policy jsonb`.execute(db);
  await sql`
    alter table altalune_project_api_keys
      add column rotation_policy jsonb,
      add column next_rotation_at timestamptz(3)
  `.execute(db);
  // What is due is looked for in all projects.
  await sql`
    create index altalune_project_api_keys_next_rotation_idx on altalune_project_api_keys (next_rotation_at)
    where next_rotation_at is not null and revoked_at is null and active
  `.execute(db);
  await sql`alter table altalune_api_key_secrets add column awaits_use boolean not null default false`.execute(db);
  await sql`
    create table altalune_waiting_values (
      project_id bigint not null,
      api_key_id bigint not null,
      digest bytea not null,
      display_prefix text not null,
      sealed bytea not null,
      primary key (project_id, api_key_id)
    )
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_waiting_values`.execute(db);
  await sql`alter table altalune_api_key_secrets drop column awaits_use`.execute(db);
  await sql`alter table altalune_project_api_keys drop column next_rotation_at, drop column rotation_policy`.execute(
    db,
  );
  await sql`alter table altalune_projects drop column rotation_policy`.execute(db);
}
