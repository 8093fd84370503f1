import { type Kysely, sql } from "kysely";

/** How often a project or key was changed, itself included: two changes of one millisecond differ by it. No row is rewritten. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_projects add column version bigint not null default 1`.execute(db);
  await sql`alter table altalune_project_api_keys add column version bigint not null default 1`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_project_api_keys drop column version`.execute(db);
  await sql`alter table altalune_projects drop column version`.execute(db);
}
