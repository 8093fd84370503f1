import { type Kysely, sql } from "kysely";

/** Finds an exported head among the events before a walk. By hash, which no two events share: it is written at every change. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index altalune_audit_events_hash_idx on altalune_audit_events using hash (hash)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index altalune_audit_events_hash_idx`.execute(db);
}
