import { DeliveryState, SortOrder } from "@altalune/sdk/messages";
import { texts } from "../texts.ts";

const { states: words } = texts.webhooks;

/** States that deliveries can be narrowed to, by their names in the address. */
export const states: Readonly<Record<string, { readonly name: string; readonly filter: string }>> = {
  pending: { name: words.pending, filter: "DELIVERY_STATE_PENDING" },
  succeeded: { name: words.succeeded, filter: "DELIVERY_STATE_SUCCEEDED" },
  failed: { name: words.failed, filter: "DELIVERY_STATE_FAILED" },
};

/** What of them is wanted, as the address says it; what it cannot mean is left out. */
export function deliveryQueryOf(params: URLSearchParams) {
  const state = params.get("state") ?? "";
  const type = params.get("type") ?? "";
  const wanted = Object.hasOwn(states, state) ? states[state] : undefined;
  return {
    keyword: "",
    sorting: { field: "created_at", order: SortOrder.DESC },
    filters: {
      ...(wanted && { state: { values: [wanted.filter] } }),
      ...(type !== "" && { event_type: { values: [type] } }),
    },
  };
}

/** Whether something may come of one by itself. */
export function isUnderWay({ state }: { readonly state: DeliveryState }): boolean {
  return state === DeliveryState.PENDING;
}
