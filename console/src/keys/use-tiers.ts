import { TierService } from "@altalune/sdk/messages";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";

/** More than anybody has. */
const pageSize = 1000;

/** The tiers that there are; of who may not see them nothing is asked. */
export function useTiers() {
  const mayRead = may(useUser(), "tiers:read");
  const query = { pagination: { pageSize }, sorting: { field: "name" } };
  return useQuery(TierService.method.queryTiers, mayRead ? { query } : skipToken);
}
