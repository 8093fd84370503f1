import { sql } from "kysely";
import type { VerifyAuditTrailResponse } from "../../../gen/altalune/v1/audit_pb.js";
import { internalIdOf, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";

/** A project's trail that a test tampers with, at the database. */
export interface Trail {
  readonly projectId: string;
  /** What `project_id` is in the tables. */
  readonly internalId: bigint;
  /** How many events it has. */
  readonly length: number;
  verify(options?: { fromSequence?: bigint; expectedHead?: Uint8Array }): Promise<VerifyAuditTrailResponse>;
}

/** Makes a project with a trail of this many events, by real changes. */
export async function newTrail({ clients, db }: TestInstance, length: number): Promise<Trail> {
  const projectId = await newProject(clients);
  for (let i = 1; i < length; i++) {
    await newApiKey(clients, projectId, { rateLimits: { perDay: 10 }, scopes: ["orders:read"] });
  }
  return {
    projectId,
    internalId: await internalIdOf(db, projectId),
    length,
    verify: (options) => clients.audit.verifyAuditTrail({ projectId, ...options }),
  };
}

/** Copies these trails as they are. The returned function puts them back, whatever was done to them. */
export async function keepTrails({ db }: TestInstance, trails: readonly Trail[]): Promise<() => Promise<void>> {
  const theirs = sql`project_id = any(${trails.map(({ internalId }) => String(internalId))}::bigint[])`;
  const tables = ["altalune_audit_events", "altalune_audit_heads"];
  for (const table of tables) {
    await sql`drop table if exists ${sql.ref(`kept_${table}`)}`.execute(db);
    await sql`create table ${sql.ref(`kept_${table}`)} (like ${sql.ref(table)})`.execute(db);
    await sql`insert into ${sql.ref(`kept_${table}`)} select * from ${sql.ref(table)} where ${theirs}`.execute(db);
  }
  return async () => {
    for (const table of tables) {
      await sql`delete from ${sql.ref(table)} where ${theirs}`.execute(db);
      await sql`insert into ${sql.ref(table)} table ${sql.ref(`kept_${table}`)}`.execute(db);
    }
  };
}
