import { SortOrder } from "@altalune/sdk/messages";

/** What a trail can be narrowed to, by its names in the address and in the contract. */
const filters = { actor: "actor", action: "action", resource: "resource_id", request: "request_id" } as const;

export type EventFilter = keyof typeof filters;

/** What of a trail is wanted, as the address says it. */
export function eventQueryOf(params: URLSearchParams) {
  const wanted = Object.entries(filters)
    .map(([name, field]) => [field, params.get(name) ?? ""] as const)
    .filter(([, value]) => value !== "")
    .map(([field, value]) => [field, { values: [value] }]);
  return {
    keyword: params.get("keyword") ?? "",
    sorting: { field: "sequence", order: params.get("sort") === "oldest" ? SortOrder.ASC : SortOrder.DESC },
    filters: Object.fromEntries(wanted),
  };
}

/** Where a trail is, narrowed to what one thing has done or was done to. @param projectId empty: the instance's own */
export function trailPath(projectId: string, narrowed: Partial<Record<EventFilter, string>> = {}): string {
  const path = projectId === "" ? "/trail" : `/projects/${projectId}/trail`;
  const query = new URLSearchParams(narrowed).toString();
  return query === "" ? path : `${path}?${query}`;
}
