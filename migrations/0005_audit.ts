import { type Kysely, sql } from "kysely";

/** The trail, a chain of events a project, and the head of each chain: the row that a writer locks. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create table altalune_audit_heads (
      project_id bigint primary key,
      sequence bigint not null,
      hash bytea not null
    ) with (fillfactor = 50)
  `.execute(db);
  await sql`
    create table altalune_audit_events (
      project_id bigint not null,
      sequence bigint not null,
      actor text not null,
      action text not null,
      resource_id text not null,
      occurred_at timestamptz(3) not null,
      request_id text not null,
      source_ip text not null,
      detail jsonb not null,
      hash bytea not null,
      primary key (project_id, sequence)
    )
  `.execute(db);
  for (const column of ["actor", "action", "resource_id", "request_id"]) {
    await sql`
      create index ${sql.ref(`altalune_audit_events_${column}_idx`)}
      on altalune_audit_events (project_id, ${sql.ref(column)}, sequence)
    `.execute(db);
  }
  await sql`insert into altalune_audit_heads (project_id, sequence, hash) values (0, 0, '')`.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop table altalune_audit_events`.execute(db);
  await sql`drop table altalune_audit_heads`.execute(db);
}
