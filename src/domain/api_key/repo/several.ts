import { sql, type UpdateObject } from "kysely";
import { changed } from "../../../platform/postgres/changed.js";
import type { Database, Executor } from "../../../platform/postgres/database.js";
import type { ApiKey, RevocationReason } from "../model.js";
import { apiKeyOf, columnsOfRevocation, lastUsedAt, observedAt } from "../row.js";
import { reschedule } from "./schedule.js";

/** Locks several keys of a project, in the order of their ids: two that do so do not wait for each other. */
export async function lockAll(
  db: Executor,
  projectId: bigint,
  publicIds: readonly string[],
): Promise<readonly ApiKey[]> {
  const rows = await db
    .selectFrom("altalune_project_api_keys")
    .selectAll("altalune_project_api_keys")
    .select([observedAt, lastUsedAt])
    .where("project_id", "=", projectId)
    .where(sql<boolean>`public_id = any(${[...publicIds]}::text[])`)
    .orderBy("id")
    .forUpdate()
    .execute();
  return rows.map(apiKeyOf);
}

/** Revokes several keys of a project, whose rows are locked. */
export async function revokeAll(
  db: Executor,
  projectId: bigint,
  ids: readonly bigint[],
  reason: RevocationReason,
): Promise<readonly ApiKey[]> {
  const dropWaiting = sql`
    delete from altalune_waiting_values
    where (project_id, api_key_id) in (
      select project_id, api_key_id from altalune_waiting_values
      where project_id = ${projectId} and api_key_id = any(${[...ids]}::bigint[])
      order by api_key_id
      for update
    )
  `;
  const [, updated] = await Promise.all([
    dropWaiting.execute(db),
    updateAll(db, projectId, ids, columnsOfRevocation(reason)),
  ]);
  const revoked: ApiKey[] = [];
  for (const apiKey of updated) {
    revoked.push(await reschedule(db, apiKey));
  }
  return revoked;
}

/** Switches off several keys of a project, whose rows are locked. */
export async function deactivateAll(
  db: Executor,
  projectId: bigint,
  ids: readonly bigint[],
): Promise<readonly ApiKey[]> {
  return updateAll(db, projectId, ids, { active: false });
}

/** Changes several keys of a project, whose rows are locked. */
export async function updateAll(
  db: Executor,
  projectId: bigint,
  ids: readonly bigint[],
  columns: UpdateObject<Database, "altalune_project_api_keys">,
): Promise<readonly ApiKey[]> {
  const rows = await db
    .updateTable("altalune_project_api_keys")
    .set({ ...columns, ...changed })
    .where("project_id", "=", projectId)
    .where(sql<boolean>`id = any(${[...ids]}::bigint[])`)
    .returningAll()
    .returning([observedAt, lastUsedAt])
    .execute();
  return rows.map(apiKeyOf);
}
