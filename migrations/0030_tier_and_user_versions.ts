import { type Kysely, sql } from "kysely";

/** How often a tier or user was changed, as in 0014: their etags are made of it. No row is rewritten. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_tiers add column version bigint not null default 1`.execute(db);
  await sql`alter table altalune_users add column version bigint not null default 1`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_users drop column version`.execute(db);
  await sql`alter table altalune_tiers drop column version`.execute(db);
}
