import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { Logger } from "pino";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { LogSample } from "../../platform/log-sample.js";
import type { RpcMetrics } from "../ops/metrics.js";
import type { Call } from "./call.js";
import { type CallValues, callContextKey, principalLabelKey } from "./call-context.js";

/** Notes that a call has begun; the function that comes back notes that it is over. */
export type CallLog = (
  call: Call,
  values: CallValues,
  rpc: UniversalHandler | undefined,
  probe: string | undefined,
) => () => void;

/**
 * One log line a request, and the metrics of rpcs. What is served at an unknown path is `unknown`: the path is the
 * caller's own text, and may hold a key. Probes come every few seconds and verifications by the thousand: unless one fails,
 * their lines are for debugging only. So are calls that fail before it is known who calls, but for one a second of each rpc,
 * code and address: anybody can make them.
 */
export function createCallLog(metrics: RpcMetrics, logger: Logger): CallLog {
  const strangers = new LogSample((fields) => logger.info(fields));
  return (call, values, rpc, probe) => {
    const method = rpc === undefined ? (probe ?? "unknown") : `${rpc.service.typeName}/${rpc.method.name}`;
    if (probe === undefined) {
      metrics.started();
    }
    return () => {
      if (probe === undefined) {
        metrics.ended(method, call.outcome, call.durationMs / 1000);
      }
      const principal = values.get(principalLabelKey);
      const source = values.get(callContextKey).clientAddress;
      const fields = {
        method,
        protocol: call.protocol ?? "http",
        code: call.outcome,
        duration_ms: Math.round(call.durationMs * 1000) / 1000,
        request_id: call.requestId,
        source,
        ...(principal === "" ? {} : { principal }),
        ...call.resource,
      };
      if (isRoutine(method, probe, call.outcome)) {
        logger.debug(fields);
      } else if (principal !== "" || logger.isLevelEnabled("debug")) {
        logger.info(fields);
      } else {
        strangers.add(`${method} ${call.outcome} ${source}`, fields);
      }
    };
  };
}

function isRoutine(method: string, probe: string | undefined, outcome: string): boolean {
  return probe !== undefined || (outcome === "ok" && method.startsWith(`${VerificationService.typeName}/`));
}
