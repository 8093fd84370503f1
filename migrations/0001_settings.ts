import { type Kysely, sql } from "kysely";

/** The clock of every statement, and what the instances share: the page token key, the master key's fingerprint. */
export async function up(db: Kysely<never>): Promise<void> {
  // A function, so that a test can put another clock in its place. Stable, so that an index can be searched by it.
  await sql`
    create function altalune_now() returns timestamptz
    language sql stable parallel safe
    as 'select statement_timestamp()'
  `.execute(db);
  await sql`
    create table altalune_settings (
      name text primary key,
      value bytea not null
    )
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_settings`.execute(db);
  await sql`drop function altalune_now()`.execute(db);
}
