import { type Kysely, sql } from "kysely";

/** What the last refill of a key granted: before Postgres 18 an upsert cannot return what the row was before. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_rate_limits add column last_grant bigint not null default 0`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_rate_limits drop column last_grant`.execute(db);
}
