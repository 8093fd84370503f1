import { createContextKey } from "@connectrpc/connect";

/** What handlers, interceptors and the request gate may know of the call's transport. */
export interface CallContext {
  /** Stands in the response header X-Request-Id, in the log and in the audit trail. */
  readonly requestId: string;
  /** The client's address: the socket's, unless that is a trusted proxy's. */
  readonly sourceAddress: string;
}

export const callContextKey = createContextKey<CallContext>(
  { requestId: "", sourceAddress: "" },
  { description: "call context" },
);

/** Who calls, for the log. The request gate sets it; empty until then. It never holds a secret. */
export const principalLabelKey = createContextKey<string>("", { description: "principal label" });
