import { type Kysely, sql } from "kysely";

/** Who users are at providers of OpenID Connect. An identity is one user's for good, and goes with the user. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_user_identities (
      issuer text collate "C" not null,
      subject text collate "C" not null,
      user_id bigint not null references altalune_users on delete cascade,
      by_claim boolean not null,
      created_at timestamptz not null default altalune_now(),
      primary key (issuer, subject)
    )
  `.execute(db);
  await sql`create index altalune_user_identities_user on altalune_user_identities (user_id)`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_user_identities`.execute(db);
}
