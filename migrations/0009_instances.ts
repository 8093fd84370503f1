import { type Kysely, sql } from "kysely";

const watched = [
  { table: "altalune_project_api_keys", kind: "api_key", column: "id", events: "update or delete" },
  { table: "altalune_projects", kind: "project", column: "id", events: "update of deleted_at, public_id or delete" },
  { table: "altalune_tiers", kind: "tier", column: "name", events: "update or delete" },
] as const;

/**
 * The instances that may answer from their caches, and until when: a change that narrows access waits for each of them.
 *
 * The triggers are for changes that somebody makes in SQL: every instance hears of those too, though nobody waits. The
 * service announces its own changes itself, for which somebody waits; hearing of one twice does no harm. The shape of the
 * notice is the one of src/domain/propagation/messages.ts.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_instances (
      id text primary key,
      lease_ms integer not null,
      registered_at timestamptz not null,
      renewed_at timestamptz not null
    )
  `.execute(db);
  for (const { table, kind, column, events } of watched) {
    await sql`
      create function ${sql.ref(`${table}_announce`)}() returns trigger language plpgsql as ${sql.lit(`
        begin
          perform pg_notify('altalune_changes', json_build_array(
            '', '', '${kind}', old.${column}::text, floor(extract(epoch from clock_timestamp()) * 1000)
          )::text);
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
  for (const { table } of watched) {
    await sql`drop trigger ${sql.ref(`${table}_announce`)} on ${sql.ref(table)}`.execute(db);
    await sql`drop function ${sql.ref(`${table}_announce`)}()`.execute(db);
  }
  await sql`drop table altalune_instances`.execute(db);
}
