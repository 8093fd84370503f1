import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type ApiKey, ApiKeyStatus } from "../messages.js";
import { endAfter } from "./lifetime.js";
import { mayWait } from "./waiting-value.js";

/** What is asked for of a key that there is. */
export type RowRequest =
  | { readonly action: "rename"; readonly name: string }
  | { readonly action: "claim" }
  | {
      readonly action: "rotate";
      /** The same until it is done: sent again because no answer came, it is one rotation. */
      readonly requestId: string;
      /** Of a key that has expired: its end from then on. */
      readonly expiration?: Timestamp;
    }
  | { readonly action: "revoke" };

export type RowAction = RowRequest["action"];

/** In the order in which they stand. */
export const rowActions: readonly RowAction[] = ["rename", "claim", "rotate", "revoke"];

/** @param renewalDays undefined: no expired key gets another end, and so no value */
export function isPossible(action: RowAction, apiKey: ApiKey, renewalDays: number | undefined): boolean {
  if (action === "claim") {
    return mayWait(apiKey);
  }
  const { status } = apiKey;
  const lacksEnd = status === ApiKeyStatus.EXPIRED && renewalDays === undefined;
  return status !== ApiKeyStatus.REVOKED && !(action === "rotate" && lacksEnd);
}

/** What an action asks for at first. @param renewalDays for how long an expired key is good from then on */
export function requestFor(action: RowAction, { name, status }: ApiKey, renewalDays: number | undefined): RowRequest {
  switch (action) {
    case "rename":
      return { action, name };
    case "claim":
    case "revoke":
      return { action };
    case "rotate": {
      const isRenewed = status === ApiKeyStatus.EXPIRED && renewalDays !== undefined;
      return { action, requestId: crypto.randomUUID(), ...(isRenewed ? { expiration: endAfter(renewalDays) } : {}) };
    }
  }
}
