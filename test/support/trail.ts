import type { Clients } from "./instance.js";

/** What was done in a project, oldest first. */
export async function actionsOf({ audit }: Clients, projectId: string, resourceId = projectId): Promise<string[]> {
  const filters = { resource_id: { values: [resourceId] } };
  const { data } = await audit.queryAuditEvents({ projectId, query: { filters, pagination: { pageSize: 1000 } } });
  return data.map(({ action }) => action).reverse();
}
