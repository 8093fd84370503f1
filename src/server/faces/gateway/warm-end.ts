import { clientAddressOf } from "../../http/client-address.js";
import type { HeadedRequest } from "../../http/http.js";
import type { GatewayCaller } from "./gateway-caller.js";
import type { GatewayFaceOptions, WarmEnd } from "./options.js";

/** Notes what came of a question that memory was asked: in the metrics, and for debugging in the log. */
export function createNoteWarmEnd(
  { observe, logger, clientAddressResolver }: GatewayFaceOptions,
  named: { readonly method: string; readonly protocol: string },
): (code: WarmEnd, caller: GatewayCaller, request: HeadedRequest, startedAt: number) => void {
  return (code, caller, request, startedAt) => {
    const seconds = (performance.now() - startedAt) / 1000;
    observe(code, seconds);
    if (logger.isLevelEnabled("debug")) {
      logger.debug({
        ...named,
        code,
        duration_ms: Math.round(seconds * 1e6) / 1000,
        request_id: caller.requestId,
        source: clientAddressOf(request, clientAddressResolver),
        principal: caller.actor,
        ...caller.forwarded,
      });
    }
  };
}
