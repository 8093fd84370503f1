import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "../../../gen/grpc/health/v1/health_pb.js";
import type { InFlight } from "../call/in-flight.js";
import { maxWatches } from "../http/limits.js";
import type { Readiness } from "./readiness.js";

/** How often a watch looks, in milliseconds. A drain is told at once. */
const watchIntervalMs = 1_000;

/**
 * gRPC's own health checks. All services share one fate, the server's.
 *
 * @param services full names of the services that are served
 */
export function createHealth(
  services: ReadonlySet<string>,
  readiness: () => Promise<Readiness>,
  inFlight: InFlight,
): ServiceImpl<typeof Health> {
  const isServed = (service: string): boolean => service === "" || services.has(service);
  const currentStatus = async (): Promise<Status> => ((await readiness()).ready ? Status.SERVING : Status.NOT_SERVING);

  let watches = 0;

  return {
    async check({ service }) {
      if (!isServed(service)) {
        throw new ConnectError("no such service", Code.NotFound);
      }
      return { status: await currentStatus() };
    },

    async *watch({ service }, { signal }) {
      if (watches >= maxWatches) {
        throw new ConnectError("too many watches; use Check", Code.ResourceExhausted);
      }
      watches += 1;
      try {
        let told: Status | undefined;
        while (!signal.aborted) {
          const status = isServed(service) ? await currentStatus() : Status.SERVICE_UNKNOWN;
          if (status !== told) {
            told = status;
            yield { status };
          }
          await untilNextLook(inFlight, signal);
        }
      } finally {
        watches -= 1;
      }
      throw ConnectError.from(signal.reason, Code.Canceled);
    },
  };
}

async function untilNextLook(inFlight: InFlight, signal: AbortSignal): Promise<void> {
  const drained = new AbortController();
  const forget = inFlight.onDrain(() => drained.abort());
  try {
    await delay(watchIntervalMs, undefined, { signal: AbortSignal.any([drained.signal, signal]) });
  } catch {
    // Told of the drain, or the watcher left.
  } finally {
    forget();
  }
}
