import { createSecretKey } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { chainHash } from "../../src/domain/audit/model.js";
import { openSharedSecrets } from "../../src/domain/master_key/shared-secrets.js";
import { MasterKey } from "../../src/platform/master-key.js";
import type { Database } from "../../src/platform/postgres/database.js";
import { sharedSetting } from "../../src/platform/postgres/settings.js";

/** Events of one statement. */
const batch = 10_000;

/** Where to write: the database, its master key in base64, and the project as `project_id` is in the tables. */
export interface TrailPlace {
  readonly db: Kysely<Database>;
  readonly masterKey: string;
  readonly internalId: bigint;
}

/** Adds events to the end of a project's trail as the service would have chained them, many in a statement. */
export async function lengthenTrail({ db, masterKey, internalId }: TrailPlace, count: number): Promise<void> {
  const { trailKey } = await openSharedSecrets(
    (name, proposal) => sharedSetting(db, name, proposal),
    new MasterKey(Buffer.from(masterKey, "base64")),
  );
  const key = createSecretKey(trailKey);
  let { sequence, hash } = await db
    .selectFrom("altalune_audit_heads")
    .select(["sequence", "hash"])
    .where("project_id", "=", internalId)
    .executeTakeFirstOrThrow();
  const occurredAt = new Date();
  for (let left = count; left > 0; left -= batch) {
    const first = sequence + 1n;
    const hashes: Buffer[] = [];
    for (let i = 0; i < Math.min(batch, left); i++) {
      sequence += 1n;
      hash = chainHash(key, hash, { projectId: internalId, sequence, occurredAt, ...eventAt(sequence) });
      hashes.push(hash);
    }
    await sql`
      insert into altalune_audit_events
        (project_id, sequence, actor, action, resource_id, occurred_at, request_id, source_ip, detail, hash)
      select ${internalId}, ${first}::bigint + n - 1, 'cli', 'api_key.updated', 'key', ${occurredAt}, '', '',
        jsonb_build_object('name', 'key ' || ${first}::bigint + n - 1, 'scopes', '["orders:read", "orders:write"]'::jsonb), hash
      from unnest(${hashes}::bytea[]) with ordinality as chained (hash, n)
    `.execute(db);
  }
  // As autovacuum would, within a minute: without it every batch of a walk is planned for a small table.
  await sql`analyze altalune_audit_events`.execute(db);
  await sql`
    update altalune_audit_heads set sequence = ${sequence}, hash = ${hash} where project_id = ${internalId}
  `.execute(db);
}

function eventAt(sequence: bigint) {
  return {
    actor: "cli",
    action: "api_key.updated",
    resourceId: "key",
    requestId: "",
    sourceIp: "",
    detail: { name: `key ${sequence}`, scopes: ["orders:read", "orders:write"] },
  };
}
