import { SortOrder } from "@altalune/sdk/messages";
import { texts } from "../texts.ts";
import { roles } from "./roles.ts";

const { sorts: names } = texts.users;

/** Orders that a listing of users has, by their names in the address. */
export const sorts = {
  newest: { name: names.newest, field: "created_at", order: SortOrder.DESC },
  oldest: { name: names.oldest, field: "created_at", order: SortOrder.ASC },
  username: { name: names.username, field: "username", order: SortOrder.ASC },
  email: { name: names.email, field: "email", order: SortOrder.ASC },
  changed: { name: names.changed, field: "updated_at", order: SortOrder.DESC },
} as const;

/** What of a listing is wanted, as the address says it; what it cannot mean is left out. */
export function userQueryOf(params: URLSearchParams) {
  const role = roles.find(({ key }) => key === params.get("role"));
  const sort = params.get("sort") ?? "";
  const { field, order } = Object.hasOwn(sorts, sort) ? sorts[sort as keyof typeof sorts] : sorts.newest;
  return {
    keyword: params.get("keyword") ?? "",
    sorting: { field, order },
    filters: { ...(role === undefined ? {} : { role: { values: [role.contractName] } }) },
  };
}
