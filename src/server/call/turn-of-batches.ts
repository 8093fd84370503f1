import type { Interceptor } from "@connectrpc/connect";
import { loopTurn } from "../../platform/event-loop.js";
import { principalLabelKey } from "./call-context.js";
import { rpcRule } from "./rpc-table.js";

/** Checking a request about many things takes milliseconds: it has a turn of the event loop to itself. */
export const turnOfBatches: Interceptor = (next) => async (request) => {
  if (rpcRule(request.method)?.batch === true) {
    await loopTurn(request.contextValues.get(principalLabelKey));
  }
  return await next(request);
};
