import { type Kysely, sql } from "kysely";

/**
 * Whether a value that waits was claimed, and when people are to be reminded that it was not; null: they were. Of values that wait already
 * those are reminded of, in a day, that nobody has claimed for sure: the others may have been, and wait for their first use.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table altalune_waiting_values
      add column is_claimed boolean not null default false,
      add column remind_at timestamptz(3)
  `.execute(db);
  await sql`
    update altalune_waiting_values as waiting set remind_at = altalune_now() + interval '1 day'
    from altalune_project_api_keys as key
    where key.project_id = waiting.project_id and key.id = waiting.api_key_id and key.digest <> waiting.digest
  `.execute(db);
  await sql`
    create index altalune_waiting_values_remind_idx on altalune_waiting_values (remind_at) where remind_at is not null
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_waiting_values drop column is_claimed, drop column remind_at`.execute(db);
}
