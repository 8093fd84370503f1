import { type Kysely, sql } from "kysely";
import { dropJobs, runJobsSteps } from "./jobs-schema.js";

/**
 * Webhooks, the events that they are told of, and how far each delivery has come. A delivery is the memory of what is left to do; the
 * queue only runs it. The secrets are under the master key.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await runJobsSteps(db, 19);
  await sql`
    create table altalune_webhooks (
      project_id bigint not null,
      id bigint generated always as identity,
      public_id text collate "C" not null,
      url text collate "C" not null,
      event_types text[] not null,
      description text collate "C" not null,
      secret bytea not null,
      previous_secret bytea,
      previous_secret_expires_at timestamptz(3),
      disabled_reason smallint,
      version bigint not null default 1,
      created_at timestamptz(3) not null default altalune_now(),
      updated_at timestamptz(3) not null default altalune_now(),
      primary key (project_id, public_id)
    )
  `.execute(db);
  await sql`
    create table altalune_event_sequences (
      project_id bigint not null,
      resource_id text collate "C" not null,
      sequence bigint not null,
      primary key (project_id, resource_id)
    )
  `.execute(db);
  await sql`
    create table altalune_events (
      project_id bigint not null,
      public_id text collate "C" not null,
      type text collate "C" not null,
      resource_id text collate "C" not null,
      sequence bigint not null,
      occurred_at timestamptz(3) not null,
      detail jsonb not null,
      primary key (project_id, public_id)
    )
  `.execute(db);
  await sql`create index altalune_events_occurred_at_idx on altalune_events (occurred_at)`.execute(db);
  await sql`
    create table altalune_webhook_deliveries (
      project_id bigint not null,
      id bigint generated always as identity,
      webhook_id text collate "C" not null,
      event_id text collate "C" not null,
      state smallint not null default 1,
      attempts integer not null default 0,
      claimed_until timestamptz(3),
      next_attempt_at timestamptz(3),
      last_attempt_at timestamptz(3),
      last_status integer,
      last_error text collate "C" not null default '',
      created_at timestamptz(3) not null default altalune_now(),
      primary key (project_id, webhook_id, event_id)
    )
  `.execute(db);
  await sql`
    create index altalune_webhook_deliveries_created_at_idx
    on altalune_webhook_deliveries (project_id, webhook_id, created_at, id)
  `.execute(db);
  await sql`
    create index altalune_webhook_deliveries_due_idx on altalune_webhook_deliveries (next_attempt_at) where state = 1
  `.execute(db);
  await sql`
    create index altalune_webhook_deliveries_event_idx on altalune_webhook_deliveries (project_id, event_id)
  `.execute(db);
  // How far time was looked at for a project, and what of it was told: a look begins a while before the last one ended, since a key may be
  // committed later than it was made.
  await sql`
    create table altalune_event_looks (
      project_id bigint primary key,
      looked_until timestamptz(3) not null
    )
  `.execute(db);
  await sql`
    create table altalune_told_times (
      project_id bigint not null,
      resource_id text collate "C" not null,
      what text collate "C" not null,
      due_at timestamptz(3) not null,
      primary key (project_id, resource_id, what, due_at)
    )
  `.execute(db);
  await sql`create index altalune_told_times_due_at_idx on altalune_told_times (due_at)`.execute(db);
  await sql`
    create index altalune_project_api_keys_last_rotated_at_idx on altalune_project_api_keys (project_id, last_rotated_at)
    where last_rotated_at is not null
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop index altalune_project_api_keys_last_rotated_at_idx`.execute(db);
  for (const table of [
    "altalune_told_times",
    "altalune_event_looks",
    "altalune_webhook_deliveries",
    "altalune_events",
    "altalune_event_sequences",
    "altalune_webhooks",
  ]) {
    await sql`drop table ${sql.table(table)}`.execute(db);
  }
  await dropJobs(db);
}
