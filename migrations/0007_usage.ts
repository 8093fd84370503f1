import { type Kysely, sql } from "kysely";

/**
 * Verifications by key, hour and code, in partitions of a month that are made ahead; what finds none goes to the default
 * one. Rows are updated as long as their hour lasts: room on their pages spares the indexes. `altalune_usage_batches` holds
 * the last batch of each instance, so that one that is sent again is not counted again.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_api_key_usage (
      project_id bigint not null,
      api_key_id bigint not null,
      hour timestamptz not null,
      code smallint not null,
      verifications bigint not null,
      primary key (project_id, api_key_id, hour, code)
    ) partition by range (hour)
  `.execute(db);
  await sql`
    create table altalune_api_key_usage_default partition of altalune_api_key_usage default
  `.execute(db);
  // Those of the next months are made in time, beside the calls; these, before anything can go to the default one.
  await sql`
    do $$
    declare
      month timestamp;
    begin
      for month in
        select generate_series(this_month, this_month + interval '3 months', interval '1 month')
        from date_trunc('month', altalune_now() at time zone 'UTC') as this_month
      loop
        execute format(
          'create table %I partition of altalune_api_key_usage for values from (%L) to (%L) with (fillfactor = 70)',
          'altalune_api_key_usage_' || to_char(month, 'YYYYMM'),
          to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
          to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
        );
      end loop;
    end
    $$
  `.execute(db);
  await sql`
    create index altalune_api_key_usage_project_idx on altalune_api_key_usage (project_id, hour)
  `.execute(db);
  await sql`
    create table altalune_usage_batches (
      instance_id text primary key,
      sequence bigint not null,
      written_at timestamptz not null
    )
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_usage_batches`.execute(db);
  await sql`drop table altalune_api_key_usage`.execute(db);
}
