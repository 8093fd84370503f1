import { sql } from "kysely";
import type { Trail } from "../../rules/audit/trail.js";
import type { TestInstance } from "../../support/instance.js";

/** Alters an event where it stands, as somebody would who can write to the database. */
export async function breakAt({ db }: TestInstance, { internalId }: Trail, sequence: number): Promise<void> {
  await sql`
    update altalune_audit_events set actor = 'nobody' where project_id = ${internalId} and sequence = ${sequence}
  `.execute(db);
}
