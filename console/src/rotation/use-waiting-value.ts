import { type ApiKey, type AuditEvent, AuditService, SortOrder } from "@altalune/sdk/messages";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { hasPreviousValue, mayWait } from "./may-wait.ts";

const actions = ["api_key.rotated", "api_key.claimed"];

/** A value that waits to be claimed, or can be claimed again. */
export interface WaitingValue {
  /** What was done last about it: it was made, or claimed. */
  readonly event: AuditEvent;
  readonly wasClaimed: boolean;
}

/**
 * The value of a key that waits to be claimed, as far as its trail says it: that it was used since, or dropped by another policy, only a
 * claim tells. Undefined: none waits, or it is not known yet.
 */
export function useWaitingValue(apiKey: ApiKey): WaitingValue | undefined {
  const user = useUser();
  const { projectId, id } = apiKey;
  const query = {
    filters: { resource_id: { values: [id] }, action: { values: actions } },
    sorting: { field: "sequence", order: SortOrder.DESC },
    pagination: { pageSize: 1 },
  };
  const isAsked = mayWait(apiKey) && may(user, "audit:read");
  const events = useQuery(AuditService.method.queryAuditEvents, isAsked ? { projectId, query } : skipToken);
  const event = events.data?.data[0];
  return isAsked && event !== undefined && waits(event, apiKey)
    ? { event, wasClaimed: event.action === "api_key.claimed" }
    : undefined;
}

function waits({ action, detail }: AuditEvent, apiKey: ApiKey): boolean {
  const wasMade = action === "api_key.rotated" && detail?.["waits_to_be_claimed"] === true;
  if (wasMade && detail?.["in_force"] === "once claimed") {
    // Without a policy it is dropped.
    return apiKey.rotationPolicy !== undefined;
  }
  return (wasMade || action === "api_key.claimed") && hasPreviousValue(apiKey);
}
