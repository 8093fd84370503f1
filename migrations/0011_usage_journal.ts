import { type Kysely, sql } from "kysely";

/**
 * Usage that is not added up yet: batches as their instances wrote them, and sums over many of them. A row an entry, a column
 * of arrays a field; uncompressed, since an entry lives for half a minute.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_usage_journal (
      id bigint generated always as identity primary key,
      written_at timestamptz not null,
      is_sum boolean not null,
      hour timestamptz not null,
      project_ids bigint[] not null,
      api_key_ids bigint[] not null,
      codes smallint[] not null,
      verifications bigint[] not null,
      last_used_ms bigint[] not null
    )
  `.execute(db);
  await sql`
    alter table altalune_usage_journal
      alter project_ids set storage external,
      alter api_key_ids set storage external,
      alter codes set storage external,
      alter verifications set storage external,
      alter last_used_ms set storage external
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_usage_journal`.execute(db);
}
