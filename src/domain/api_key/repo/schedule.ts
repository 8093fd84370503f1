import { sql } from "kysely";
import type { Executor } from "../../../platform/postgres/database.js";
import { nextRotationOf } from "../../rotation/model.js";
import type { ApiKey } from "../model.js";
import { isSwitchPutOff } from "./waiting-values.js";

/** Writes when new keys are first rotated, those that have a policy. */
export async function scheduleNew(db: Executor, apiKeys: readonly ApiKey[]): Promise<readonly ApiKey[]> {
  const scheduled = apiKeys.map((apiKey) => ({ ...apiKey, nextRotationAt: nextRotationOf(apiKey, false) }));
  const rotating = scheduled.filter(({ nextRotationAt }) => nextRotationAt !== undefined);
  if (rotating.length === 0) {
    return apiKeys;
  }
  await sql`
    update altalune_project_api_keys as key set next_rotation_at = next.at
    from unnest(
      ${rotating.map(({ projectId }) => projectId)}::bigint[], ${rotating.map(({ id }) => id)}::bigint[],
      ${rotating.map(({ nextRotationAt }) => nextRotationAt)}::timestamptz[]
    ) as next (project_id, id, at)
    where key.project_id = next.project_id and key.id = next.id
  `.execute(db);
  return scheduled;
}

/** Writes when a key is rotated next, if what was done to it has moved that: no change of its own. */
export async function reschedule(db: Executor, apiKey: ApiKey): Promise<ApiKey> {
  if (apiKey.rotationPolicy === undefined && apiKey.nextRotationAt === undefined) {
    return apiKey;
  }
  const nextRotationAt = nextRotationOf(apiKey, await isSwitchPutOff(db, apiKey));
  if (nextRotationAt?.getTime() === apiKey.nextRotationAt?.getTime()) {
    return apiKey;
  }
  await db
    .updateTable("altalune_project_api_keys")
    .set({ next_rotation_at: nextRotationAt ?? null })
    .where("project_id", "=", apiKey.projectId)
    .where("id", "=", apiKey.id)
    .execute();
  return { ...apiKey, nextRotationAt };
}
