import { type Kysely, sql } from "kysely";

/** Named limits. Null inherits, 0 is unlimited; bigint, because a limit is an unsigned 32-bit number. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_tiers (
      id bigint generated always as identity,
      name text collate "C" primary key,
      per_minute bigint,
      per_day bigint,
      created_at timestamptz(3) not null default altalune_now(),
      updated_at timestamptz(3) not null default altalune_now()
    )
  `.execute(db);
  await sql`
    insert into altalune_tiers (name, per_minute, per_day)
    values ('free', null, 25), ('pro', 100, 1000), ('enterprise', null, null)
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_tiers`.execute(db);
}
