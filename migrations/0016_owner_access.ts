import { type Kysely, sql } from "kysely";

/** How owners manage their own keys; null: nothing was said. No row is rewritten. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_projects add column owner_access jsonb`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_projects drop column owner_access`.execute(db);
}
