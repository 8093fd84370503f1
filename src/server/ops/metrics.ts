import { collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import { BoundCounter } from "../../platform/metrics/bound-counter.js";
import { BoundHistogram } from "../../platform/metrics/bound-histogram.js";

/** Counts and times rpcs. Labels are names of methods and codes, never anything that a caller wrote. */
export interface RpcMetrics {
  started(): void;
  ended(method: string, code: string, seconds: number): void;
  /** Counts and times rpcs of one method and outcome that end where they begin. */
  bound(method: string, code: string): (seconds: number) => void;
}

/** From a warm verification to the longest that a call may take. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Registers the metrics of the process and of its rpcs. */
export function createRpcMetrics(registry: Registry): RpcMetrics {
  if (registry.getSingleMetric("process_cpu_user_seconds_total") === undefined) {
    collectDefaultMetrics({ register: registry });
  }
  const registers = [registry];
  const labelNames = ["method", "code"] as const;
  const total = new BoundCounter({
    name: "altalune_rpcs_total",
    help: "RPCs that have ended, by method and code.",
    labelNames,
    registers,
  });
  const duration = new BoundHistogram({
    name: "altalune_rpc_duration_seconds",
    help: "How long RPCs took, from their headers to their last byte, by method and code.",
    labelNames,
    buckets,
    registry,
  });
  const inFlight = new Gauge({
    name: "altalune_rpcs_in_flight",
    help: "RPCs that have begun and not ended.",
    registers,
  });
  return {
    started: () => inFlight.inc(),
    ended: (method, code, seconds) => {
      inFlight.dec();
      total.inc({ method, code });
      duration.observe({ method, code }, seconds);
    },
    bound: (method, code) => {
      const count = total.bind({ method, code });
      const observe = duration.bind({ method, code });
      return (seconds) => {
        count();
        observe(seconds);
      };
    },
  };
}
