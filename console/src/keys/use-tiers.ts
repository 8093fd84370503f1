import { type Tier, TierService } from "@altalune/sdk/messages";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";

/** More than anybody has. */
const pageSize = 1000;

/** Undefined: they are not known yet, or not to this user. */
export function useTiers(): readonly Tier[] | undefined {
  const mayRead = may(useUser(), "tiers:read");
  const query = { pagination: { pageSize }, sorting: { field: "name" } };
  return useQuery(TierService.method.queryTiers, mayRead ? { query } : skipToken).data?.data;
}
