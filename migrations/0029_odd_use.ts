import { type Kysely, sql } from "kysely";

/**
 * Where keys are used from (kind 1: networks; 2: agents), so many a key and day, and the rest in one row without a value; the keys
 * whose use is to be looked at, which are only added to, so that whoever writes usage waits for nobody; and what was told, once
 * an hour. A project's policy 1: the trail says so, and no more.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table altalune_projects add column suspicious_policy smallint not null default 1`.execute(db);
  await sql`
    create table altalune_api_key_sources (
      project_id bigint not null,
      api_key_id bigint not null,
      day date not null,
      kind smallint not null,
      value text not null,
      verifications bigint not null,
      first_at timestamptz(3) not null,
      last_at timestamptz(3) not null,
      primary key (project_id, api_key_id, day, kind, value)
    ) with (fillfactor = 80)
  `.execute(db);
  await sql`create index altalune_api_key_sources_day_idx on altalune_api_key_sources (day)`.execute(db);
  await sql`
    create table altalune_odd_use_looks (
      id bigint generated always as identity,
      project_id bigint not null,
      api_key_id bigint not null,
      hour timestamptz not null,
      primary key (project_id, id)
    )
  `.execute(db);
  await sql`
    create table altalune_odd_use_signals (
      project_id bigint not null,
      api_key_id bigint not null,
      kind smallint not null,
      hour timestamptz not null,
      primary key (project_id, api_key_id, kind, hour)
    )
  `.execute(db);
  await sql`create index altalune_odd_use_signals_hour_idx on altalune_odd_use_signals (hour)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_odd_use_signals`.execute(db);
  await sql`drop table altalune_odd_use_looks`.execute(db);
  await sql`drop table altalune_api_key_sources`.execute(db);
  await sql`alter table altalune_projects drop column suspicious_policy`.execute(db);
}
