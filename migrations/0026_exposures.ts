import { type Kysely, sql } from "kysely";

/** What becomes of keys whose values are reported as exposed (1: the trail says so, and no more), and the reports that wait. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_projects add column exposure_policy smallint not null default 1`.execute(db);
  await sql`
    create table altalune_exposure_reports (
      id bigint generated always as identity primary key,
      digest bytea not null,
      source text not null,
      url text not null,
      actor text not null,
      request_id text not null,
      source_ip text not null,
      failures smallint not null default 0,
      try_at timestamptz not null default altalune_now() + interval '30 seconds'
    )
  `.execute(db);
  await sql`create index altalune_exposure_reports_try_at_idx on altalune_exposure_reports (try_at)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_exposure_reports`.execute(db);
  await sql`alter table altalune_projects drop column exposure_policy`.execute(db);
}
