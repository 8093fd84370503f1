import { type Kysely, sql } from "kysely";

/**
 * Passkeys of users, and the challenges that were answered by one, until nobody could answer them again. Public keys and the ids of
 * credentials are no secrets.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_user_passkeys (
      public_id text collate "C" primary key,
      user_id bigint not null references altalune_users on delete cascade,
      name text collate "C" not null,
      credential_id bytea not null unique,
      public_key bytea not null,
      transports text[] not null,
      sign_count bigint not null,
      created_at timestamptz not null default altalune_now(),
      last_used_at timestamptz,
      unique (user_id, name)
    )
  `.execute(db);
  await sql`
    create table altalune_user_passkey_challenges (
      digest bytea primary key,
      ends_at timestamptz not null
    )
  `.execute(db);
  await sql`create index altalune_user_passkey_challenges_end on altalune_user_passkey_challenges (ends_at)`.execute(
    db,
  );
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_user_passkey_challenges`.execute(db);
  await sql`drop table altalune_user_passkeys`.execute(db);
}
