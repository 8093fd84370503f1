import { SortOrder } from "@altalune/sdk/messages";
import { texts } from "../texts.ts";

const { sorts: names, status } = texts.keys;

/** Orders that a listing of keys has, by their names in the address. */
export const sorts = {
  newest: { name: names.newest, field: "created_at", order: SortOrder.DESC },
  oldest: { name: names.oldest, field: "created_at", order: SortOrder.ASC },
  name: { name: names.name, field: "name", order: SortOrder.ASC },
  expiration: { name: names.expiration, field: "expiration", order: SortOrder.ASC },
  changed: { name: names.changed, field: "updated_at", order: SortOrder.DESC },
} as const;

/** Statuses that it can be narrowed to, by the contract's names. */
export const statuses: Readonly<Record<string, string>> = {
  API_KEY_STATUS_ACTIVE: status.active,
  API_KEY_STATUS_DISABLED: status.disabled,
  API_KEY_STATUS_EXPIRED: status.expired,
  API_KEY_STATUS_REVOKED: status.revoked,
};

/** What of a listing is wanted, as the address says it; what it cannot mean is left out. */
export function keyQueryOf(params: URLSearchParams) {
  const [keyword, wantedStatus, owner] = ["keyword", "status", "owner"].map((name) => params.get(name) ?? "");
  const sort = params.get("sort") ?? "";
  const { field, order } = Object.hasOwn(sorts, sort) ? sorts[sort as keyof typeof sorts] : sorts.newest;
  const isStatus = Object.hasOwn(statuses, wantedStatus ?? "");
  return {
    keyword: keyword ?? "",
    sorting: { field, order },
    filters: {
      ...(isStatus && wantedStatus ? { status: { values: [wantedStatus] } } : {}),
      ...(owner ? { owner_id: { values: [owner] } } : {}),
    },
  };
}
