import { type Kysely, sql } from "kysely";

/**
 * Who is sent mail about a project's keys and webhooks, what they were told or are to be told, and the mails that do. A notice is told to
 * an address once: of a key that is given another end, or another value, there is another. A mail is the memory of what is left to
 * send; the queue only runs it.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    alter table altalune_projects
      add column contact_emails text[] not null default '{}',
      add column notices jsonb
  `.execute(db);
  // Whoever registers where anybody may can give the address of somebody else.
  await sql`alter table altalune_users add column email_is_known boolean not null default true`.execute(db);
  await sql`
    update altalune_users as stranger set email_is_known = false
    where role <> 1 and not exists (
      select from altalune_audit_events
      where project_id = 0 and action in ('user.invited', 'user.created') and resource_id = stranger.public_id
    )
  `.execute(db);
  await sql`
    create table altalune_notice_looks (
      project_id bigint primary key,
      looked_until timestamptz(3) not null,
      since timestamptz(3) not null,
      fingerprint text collate "C" not null
    )
  `.execute(db);
  await sql`
    create table altalune_notices (
      project_id bigint not null,
      id bigint generated always as identity,
      resource_id text collate "C" not null,
      kind smallint not null,
      threshold integer not null default 0,
      moment timestamptz(3) not null,
      address text collate "C" not null,
      detail jsonb not null default '{}',
      mail_id bigint,
      created_at timestamptz(3) not null default altalune_now(),
      primary key (project_id, resource_id, kind, threshold, moment, address)
    )
  `.execute(db);
  await sql`
    create index altalune_notices_address_idx on altalune_notices (address, id) where mail_id is null
  `.execute(db);
  await sql`create index altalune_notices_mail_idx on altalune_notices (mail_id) where mail_id is not null`.execute(db);
  await sql`create index altalune_notices_moment_idx on altalune_notices (moment) where kind <> 3`.execute(db);
  await sql`create index altalune_notices_created_at_idx on altalune_notices (created_at) where kind = 3`.execute(db);
  await sql`
    create table altalune_mails (
      id bigint generated always as identity primary key,
      public_id text collate "C" not null unique,
      address text collate "C" not null,
      state smallint not null default 1,
      attempts integer not null default 0,
      claimed_until timestamptz(3),
      next_attempt_at timestamptz(3),
      last_error text collate "C" not null default '',
      created_at timestamptz(3) not null default altalune_now(),
      settled_at timestamptz(3)
    )
  `.execute(db);
  await sql`create index altalune_mails_due_idx on altalune_mails (next_attempt_at) where state = 1`.execute(db);
  await sql`create index altalune_mails_address_idx on altalune_mails (address, created_at)`.execute(db);
  await sql`create index altalune_mails_settled_idx on altalune_mails (settled_at) where state <> 1`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_mails`.execute(db);
  await sql`drop table altalune_notices`.execute(db);
  await sql`drop table altalune_notice_looks`.execute(db);
  await sql`alter table altalune_users drop column email_is_known`.execute(db);
  await sql`alter table altalune_projects drop column notices, drop column contact_emails`.execute(db);
}
