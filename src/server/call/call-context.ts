import { createContextKey, createContextValues } from "@connectrpc/connect";
import { type Call, callKey } from "./call.js";

/** What handlers, interceptors and the request gate may know of the call's transport. */
export interface CallContext {
  /** Stands in the response header X-Request-Id, in the log and in the audit trail. */
  readonly requestId: string;
  /** The client's address: the socket's, unless that is a trusted proxy's. */
  readonly clientAddress: string;
}

export const callContextKey = createContextKey<CallContext>(
  { requestId: "", clientAddress: "" },
  { description: "call context" },
);

/** `createContextValues` gives one of these; handlers read the call and its context from it. */
export type CallValues = ReturnType<typeof createContextValues>;

export function createCallValues(call: Call, context: CallContext): CallValues {
  return createContextValues().set(callKey, call).set(callContextKey, context);
}

/** Who calls, for the log. The request gate sets it; empty until then. It never holds a secret. */
export const principalLabelKey = createContextKey<string>("", { description: "principal label" });
