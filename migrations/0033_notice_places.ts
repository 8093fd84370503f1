import { type Kysely, sql } from "kysely";

/**
 * How far a look has come that is under way for those who are sent mail: since when, by which settings and addresses, and behind which
 * key it goes on; null where none is. And an index by which keys that were rotated at the same moment are told one from another.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table altalune_notice_looks
      add column begun_at timestamptz(3),
      add column begun_fingerprint text collate "C",
      add column last_due_at timestamptz(3),
      add column last_key_id bigint,
      add column last_what text collate "C"
  `.execute(db);
  await sql`
    create index altalune_project_api_keys_rotated_idx on altalune_project_api_keys (project_id, last_rotated_at, id)
    where last_rotated_at is not null
  `.execute(db);
  await sql`drop index altalune_project_api_keys_last_rotated_at_idx`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`
    create index altalune_project_api_keys_last_rotated_at_idx on altalune_project_api_keys (project_id, last_rotated_at)
    where last_rotated_at is not null
  `.execute(db);
  await sql`drop index altalune_project_api_keys_rotated_idx`.execute(db);
  await sql`
    alter table altalune_notice_looks
      drop column begun_at, drop column begun_fingerprint, drop column last_due_at, drop column last_key_id, drop column last_what
  `.execute(db);
}
