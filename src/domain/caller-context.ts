import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Caller } from "./caller.js";

/** Where the transport leaves the caller of an rpc, once it is authenticated. */
export const callerKey = createContextKey<Caller | undefined>(undefined, { description: "caller" });

/** The authenticated caller of an rpc. */
export function callerOf(context: Pick<HandlerContext, "values">): Caller {
  const caller = context.values.get(callerKey);
  if (caller === undefined) {
    throw new Error("an rpc was reached without authentication");
  }
  return caller;
}
