import { type Kysely, sql } from "kysely";

/** Authenticators of users, and what helps who has lost one. Secrets are sealed, and recovery codes are digests. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_user_totp (
      user_id bigint primary key references altalune_users on delete cascade,
      secret bytea not null,
      last_step bigint not null,
      confirmed_at timestamptz
    )
  `.execute(db);
  await sql`
    create table altalune_user_recovery_codes (
      user_id bigint not null references altalune_users on delete cascade,
      digest bytea not null,
      primary key (user_id, digest)
    )
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_user_recovery_codes`.execute(db);
  await sql`drop table altalune_user_totp`.execute(db);
}
