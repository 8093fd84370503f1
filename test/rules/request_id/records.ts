import type { TestInstance } from "../../support/instance.js";

/** Which of these request ids are kept. */
export async function recordsOf({ db }: TestInstance, ...requestIds: readonly string[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("altalune_request_ids")
    .select("request_id")
    .where("request_id", "in", requestIds)
    .execute();
  return rows.map(({ request_id }) => request_id);
}

/** What happened in a project, from its creation on. */
export async function actionsOf({ clients }: TestInstance, projectId: string): Promise<readonly string[]> {
  const { data } = await clients.audit.queryAuditEvents({ projectId });
  return data.map(({ action }) => action).toReversed();
}
