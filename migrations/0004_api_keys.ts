import { type Kysely, sql } from "kysely";

const partitions = 32;

/**
 * Keys, by project; their secrets, by digest; the owners, whose rows a create locks; and when keys were last used, away
 * from the indexed key row. `expires_at` is 'infinity' for a key that never expires, so that it sorts and compares.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create sequence altalune_project_api_keys_id_seq as bigint`.execute(db);
  await sql`
    create table altalune_project_api_keys (
      project_id bigint not null,
      id bigint not null default nextval('altalune_project_api_keys_id_seq'),
      public_id text not null,
      name text collate "C" not null,
      owner_id text not null,
      display_prefix text not null,
      digest bytea not null,
      previous_digest bytea,
      previous_expires_at timestamptz(3),
      scopes text[] not null,
      tier text not null,
      per_minute bigint,
      per_day bigint,
      metadata jsonb,
      active boolean not null default true,
      expires_at timestamptz(3) not null,
      revoked_at timestamptz(3),
      revocation_reason smallint,
      last_rotated_at timestamptz(3),
      signing_secret bytea,
      previous_signing_secret bytea,
      previous_signing_secret_expires_at timestamptz(3),
      reachable_project_ids text[],
      created_at timestamptz(3) not null default altalune_now(),
      updated_at timestamptz(3) not null default altalune_now(),
      primary key (project_id, id)
    ) partition by hash (project_id)
  `.execute(db);
  await sql`
    create table altalune_api_key_secrets (
      digest bytea primary key,
      project_id bigint not null,
      api_key_id bigint not null,
      expires_at timestamptz(3) not null default 'infinity'
    ) partition by hash (digest)
  `.execute(db);
  for (const table of ["altalune_project_api_keys", "altalune_api_key_secrets"]) {
    for (let remainder = 0; remainder < partitions; remainder++) {
      await sql`
        create table ${sql.ref(`${table}_p${String(remainder).padStart(2, "0")}`)}
        partition of ${sql.ref(table)}
        for values with (modulus ${sql.lit(partitions)}, remainder ${sql.lit(remainder)})
      `.execute(db);
    }
  }

  await sql`
    create unique index altalune_project_api_keys_public_id_key
    on altalune_project_api_keys (project_id, public_id)
  `.execute(db);
  await sql`
    create unique index altalune_project_api_keys_name_key
    on altalune_project_api_keys (project_id, owner_id, name)
    where revoked_at is null
  `.execute(db);
  for (const column of ["name", "created_at", "updated_at", "expires_at", "owner_id", "display_prefix"]) {
    await sql`
      create index ${sql.ref(`altalune_project_api_keys_${column}_idx`)}
      on altalune_project_api_keys (project_id, ${sql.ref(column)}, id)
    `.execute(db);
  }
  // Rare scopes and rare states are found by these; common ones by the index that the listing is sorted by.
  await sql`
    create index altalune_project_api_keys_scopes_idx on altalune_project_api_keys using gin (scopes)
  `.execute(db);
  await sql`
    create index altalune_project_api_keys_ended_idx on altalune_project_api_keys (project_id, id)
    where revoked_at is not null or not active
  `.execute(db);
  // "Is this tier in use" crosses projects.
  await sql`
    create index altalune_project_api_keys_tier_idx on altalune_project_api_keys (tier, project_id, id)
    where tier <> ''
  `.execute(db);

  await sql`
    create table altalune_api_key_owners (
      project_id bigint not null,
      owner_id text not null,
      primary key (project_id, owner_id)
    )
  `.execute(db);
  await sql`
    create table altalune_api_key_activity (
      project_id bigint not null,
      api_key_id bigint not null,
      last_used_at timestamptz(3) not null,
      primary key (project_id, api_key_id)
    ) with (fillfactor = 70)
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_api_key_activity`.execute(db);
  await sql`drop table altalune_api_key_owners`.execute(db);
  await sql`drop table altalune_api_key_secrets`.execute(db);
  await sql`drop table altalune_project_api_keys`.execute(db);
  await sql`drop sequence altalune_project_api_keys_id_seq`.execute(db);
}
