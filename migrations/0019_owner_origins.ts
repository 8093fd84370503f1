import { type Kysely, sql } from "kysely";

/** Finds whether the pages of an origin may call for the owners of any project's keys. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create index altalune_projects_origins_idx
    on altalune_projects using gin ((owner_access -> 'origins') jsonb_path_ops)
    where deleted_at is null
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index altalune_projects_origins_idx`.execute(db);
}
