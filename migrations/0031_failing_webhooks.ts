import { type Kysely, sql } from "kysely";

/** Since when a webhook has failed, whatever is sent to it: null where the last attempt has succeeded, and before the first. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_webhooks add column failing_since timestamptz(3)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_webhooks drop column failing_since`.execute(db);
}
