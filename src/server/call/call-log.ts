import type { Logger } from "pino";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { LogSample } from "../../platform/log-sample.js";
import type { RpcMetrics } from "../ops/metrics.js";
import type { Call } from "./call.js";
import { type CallValues, callContextKey, principalLabelKey } from "./call-context.js";

/** What a call asks for, as logs and metrics name it: never the caller's own text. */
export interface Served {
  /** `<service>/<rpc>`, the path of a probe, `forward-auth`, or `unknown`. */
  readonly method: string;
  /** Comes every few seconds, and is not counted. */
  readonly isProbe: boolean;
  /** Comes by the thousand: its line is for debugging only, unless it fails. */
  readonly isVerification: boolean;
}

/** Notes that a call has begun; the function that comes back notes that it is over. */
export type CallLog = (call: Call, values: CallValues, served: Served) => () => void;

/** @param service its full name */
export function servedRpc(service: string, name: string): Served {
  return { method: `${service}/${name}`, isProbe: false, isVerification: service === VerificationService.typeName };
}

export function servedProbe(path: string): Served {
  return { method: path, isProbe: true, isVerification: false };
}

/** The path of what is served nowhere is the caller's own text, and may hold a key. */
export const servedNowhere: Served = { method: "unknown", isProbe: false, isVerification: false };

/**
 * One log line a request, and the metrics of rpcs. Probes come every few seconds and verifications by the thousand: unless one fails,
 * their lines are for debugging only. So are calls that fail before it is known who calls, but for one a second of each rpc,
 * code and address: anybody can make them.
 */
export function createCallLog(metrics: RpcMetrics, logger: Logger): CallLog {
  const strangers = new LogSample((fields) => logger.info(fields));
  return (call, values, { method, isProbe, isVerification }) => {
    if (!isProbe) {
      metrics.started();
    }
    return () => {
      if (!isProbe) {
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
      if (isProbe || (isVerification && call.outcome === "ok")) {
        logger.debug(fields);
      } else if (principal !== "" || logger.isLevelEnabled("debug")) {
        logger.info(fields);
      } else {
        strangers.add(`${method} ${call.outcome} ${source}`, fields);
      }
    };
  };
}
