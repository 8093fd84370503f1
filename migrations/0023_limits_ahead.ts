import { type Kysely, sql } from "kysely";

/** What was granted of a minute before it came. Once it has come, the row's counting begins with that. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_rate_limits add column next_granted bigint not null default 0`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_rate_limits drop column next_granted`.execute(db);
}
