import { type Kysely, sql } from "kysely";

/**
 * Batches of usage as their instances wrote them, until they are added up: a row a batch, a column a field. Uncompressed,
 * since a batch lives for half a minute.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_usage_journal (
      instance_id text not null,
      sequence bigint not null,
      written_at timestamptz not null,
      hour timestamptz not null,
      project_ids bigint[] not null,
      api_key_ids bigint[] not null,
      codes smallint[] not null,
      verifications integer[] not null,
      last_used_ms bigint[] not null,
      primary key (instance_id, sequence)
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
