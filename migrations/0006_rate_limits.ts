import { type Kysely, sql } from "kysely";

/** One row a limited key, both windows: when each started and what was granted in it. Nothing needs purging. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_rate_limits (
      project_id bigint not null,
      api_key_id bigint not null,
      minute_start timestamptz not null,
      minute_granted bigint not null,
      day_start timestamptz not null,
      day_granted bigint not null,
      primary key (project_id, api_key_id)
    ) with (fillfactor = 50)
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_rate_limits`.execute(db);
}
