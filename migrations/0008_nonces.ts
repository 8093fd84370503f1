import { type Kysely, sql } from "kysely";

/** The nonces of signed requests: the primary key admits each once, the index leads the purge to the old ones. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_nonces (
      project_id bigint not null,
      api_key_id bigint not null,
      nonce text collate "C" not null,
      accepted_until timestamptz(3) not null,
      primary key (project_id, api_key_id, nonce)
    )
  `.execute(db);
  await sql`create index altalune_nonces_accepted_until_idx on altalune_nonces (accepted_until)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_nonces`.execute(db);
}
