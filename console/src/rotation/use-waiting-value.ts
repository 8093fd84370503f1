import { type ApiKey, ApiKeyStatus, type AuditEvent, AuditService, SortOrder } from "@altalune/sdk/messages";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";

const actions = ["api_key.rotated", "api_key.claimed", "api_key.updated"];
const pageSize = 10;

/** A value that waits to be claimed, or can be claimed again. */
export interface WaitingValue {
  /** What was done last about it: it was made, or claimed. */
  readonly event: AuditEvent;
  readonly wasClaimed: boolean;
}

/**
 * The value of a key that waits to be claimed, as far as its trail says it: that it was used since, only a claim tells. Undefined: none
 * waits, or it is not known yet.
 */
export function useWaitingValue(apiKey: ApiKey): WaitingValue | undefined {
  const user = useUser();
  const { projectId, id, status, rotationPolicy } = apiKey;
  const isOver = status === ApiKeyStatus.REVOKED || status === ApiKeyStatus.EXPIRED;
  const query = {
    filters: { resource_id: { values: [id] }, action: { values: actions } },
    sorting: { field: "sequence", order: SortOrder.DESC },
    pagination: { pageSize },
  };
  const isAsked = rotationPolicy !== undefined && !isOver && may(user, "audit:read");
  const events = useQuery(AuditService.method.queryAuditEvents, isAsked ? { projectId, query } : skipToken);
  // Another policy drops what waits.
  const event = events.data?.data.find(
    ({ action, detail }) => action !== "api_key.updated" || detail?.["rotation_policy"] !== undefined,
  );
  return isAsked && event !== undefined && waits(event, apiKey)
    ? { event, wasClaimed: event.action === "api_key.claimed" }
    : undefined;
}

function waits({ action, detail }: AuditEvent, { previousKeyExpiresAt: until }: ApiKey): boolean {
  const wasMade = action === "api_key.rotated" && detail?.["waits_to_be_claimed"] === true;
  if (wasMade && detail?.["in_force"] === "once claimed") {
    return true;
  }
  return (wasMade || action === "api_key.claimed") && until !== undefined && timestampMs(until) > Date.now();
}
