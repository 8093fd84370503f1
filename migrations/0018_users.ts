import { type Kysely, sql } from "kysely";

/**
 * Whoever changes these in SQL changes what instances remember of sessions; the shape of the notice is that of 0009. That a session
 * goes which was over anyway is no news.
 */
const watched = [
  {
    table: "altalune_users",
    column: "id",
    events: "update of role, project_ids, all_projects, disabled or delete",
    isNews: "true",
  },
  {
    table: "altalune_user_sessions",
    column: "user_id",
    events: "update of expires_at, digest or delete",
    isNews: `
      tg_op <> 'DELETE'
      or (old.expires_at > altalune_now() and old.last_used_at + old.idle_seconds * interval '1 second' > altalune_now())
    `,
  },
] as const;

/**
 * The people who run Altalune, their invitations and their sessions. Passwords are kept as argon2id has them, and all else that is
 * secret as a digest. Text is compared by its bytes, and usernames and addresses are in lower case.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_users (
      id bigint generated always as identity primary key,
      public_id text collate "C" not null unique,
      username text collate "C" unique,
      email text collate "C" not null unique,
      display_name text not null default '',
      role smallint not null,
      project_ids text[] not null default '{}',
      all_projects boolean not null default false,
      disabled boolean not null default false,
      password_hash text,
      last_login_at timestamptz,
      created_at timestamptz not null default altalune_now(),
      updated_at timestamptz not null default altalune_now()
    )
  `.execute(db);
  await sql`
    create table altalune_user_invitations (
      digest bytea primary key,
      user_id bigint unique references altalune_users on delete cascade,
      expires_at timestamptz not null
    )
  `.execute(db);
  await sql`create index altalune_user_invitations_end on altalune_user_invitations (expires_at)`.execute(db);
  await sql`
    create table altalune_user_sessions (
      id bigint generated always as identity primary key,
      public_id text collate "C" not null unique,
      user_id bigint not null references altalune_users on delete cascade,
      digest bytea not null unique,
      kind smallint not null,
      source_ip text not null,
      user_agent text not null,
      created_at timestamptz not null,
      last_used_at timestamptz not null,
      idle_seconds integer not null,
      expires_at timestamptz not null
    )
  `.execute(db);
  await sql`create index altalune_user_sessions_user on altalune_user_sessions (user_id)`.execute(db);
  await sql`create index altalune_user_sessions_end on altalune_user_sessions (expires_at)`.execute(db);
  await sql`create index altalune_user_sessions_use on altalune_user_sessions (idle_seconds, last_used_at)`.execute(db);
  await sql`
    create table altalune_user_refresh_tokens (
      digest bytea primary key,
      session_id bigint not null references altalune_user_sessions on delete cascade,
      used_at timestamptz,
      expires_at timestamptz not null
    )
  `.execute(db);
  await sql`create index altalune_user_refresh_tokens_session on altalune_user_refresh_tokens (session_id)`.execute(db);
  await sql`create index altalune_user_refresh_tokens_end on altalune_user_refresh_tokens (expires_at)`.execute(db);
  await sql`
    create table altalune_user_addresses (
      user_id bigint not null references altalune_users on delete cascade,
      address text collate "C" not null,
      last_login_at timestamptz not null,
      primary key (user_id, address)
    )
  `.execute(db);
  await sql`create index altalune_user_addresses_login on altalune_user_addresses (last_login_at)`.execute(db);
  await sql`
    create table altalune_token_keys (
      id text collate "C" primary key,
      public_key jsonb not null,
      private_key bytea not null,
      created_at timestamptz not null default altalune_now()
    )
  `.execute(db);
  for (const { table, column, events, isNews } of watched) {
    await sql`
      create function ${sql.ref(`${table}_announce`)}() returns trigger language plpgsql as ${sql.lit(`
        begin
          if ${isNews} then
            perform pg_notify('altalune_changes', json_build_array(
              '', '', 'user', old.${column}::text, floor(extract(epoch from clock_timestamp()) * 1000)
            )::text);
          end if;
          return null;
        end
      `)}
    `.execute(db);
    await sql`
      create trigger ${sql.ref(`${table}_announce`)} after ${sql.raw(events)} on ${sql.ref(table)}
      for each row execute function ${sql.ref(`${table}_announce`)}()
    `.execute(db);
  }
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_token_keys`.execute(db);
  await sql`drop table altalune_user_addresses`.execute(db);
  await sql`drop table altalune_user_refresh_tokens`.execute(db);
  await sql`drop table altalune_user_sessions`.execute(db);
  await sql`drop table altalune_user_invitations`.execute(db);
  await sql`drop table altalune_users`.execute(db);
  for (const { table } of watched) {
    await sql`drop function ${sql.ref(`${table}_announce`)}()`.execute(db);
  }
}
