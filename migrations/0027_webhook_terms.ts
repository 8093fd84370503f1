import { type Kysely, sql } from "kysely";

/**
 * A webhook's terms: one more each time that it is switched off. What was told in an earlier one is over, without a write to each of its
 * deliveries. And since when a project's keys are looked at for what time brings: what was before is not told.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_webhooks add column term integer not null default 0`.execute(db);
  await sql`alter table altalune_webhook_deliveries add column term integer not null default 0`.execute(db);
  await sql`alter table altalune_event_looks add column heard_since timestamptz(3) not null default 'epoch'`.execute(
    db,
  );
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_event_looks drop column heard_since`.execute(db);
  await sql`alter table altalune_webhook_deliveries drop column term`.execute(db);
  await sql`alter table altalune_webhooks drop column term`.execute(db);
}
