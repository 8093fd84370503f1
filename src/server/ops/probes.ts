import type { Registry } from "prom-client";
import { type HttpRequest, type HttpResponse, respond, respondJson } from "../http/http.js";
import type { Readiness } from "./readiness.js";
import { seldom } from "./seldom.js";

/** Serves a path that is no rpc. */
export type Probe = (request: HttpRequest, response: HttpResponse) => Promise<void>;

/** What is served beside rpcs, by path: probes for orchestrators, and metrics. */
export function createProbes(
  readiness: () => Promise<Readiness>,
  registry: Registry,
  exposeMetrics: () => Promise<string | undefined>,
): ReadonlyMap<string, Probe> {
  // One buffer for all who ask: an answer that is not read costs nothing more.
  const metricsText = seldom(async () => {
    const text = await exposeMetrics();
    return text === undefined ? undefined : Buffer.from(text);
  });
  return new Map([
    ["/healthz", onlyGet(async (request, response) => respondJson(request, response, 200, { status: "alive" }))],
    [
      "/readyz",
      onlyGet(async (request, response) => {
        const state = await readiness();
        respondJson(request, response, state.ready ? 200 : 503, state);
      }),
    ],
    [
      "/metrics",
      onlyGet(async (request, response) => {
        const metrics = await metricsText();
        if (metrics === undefined) {
          respondJson(request, response, 503, { message: "a process of this service does not answer; try again" });
        } else {
          respond(request, response, 200, registry.contentType, metrics);
        }
      }),
    ],
  ]);
}

/** Answers other methods than GET and HEAD itself. */
export function onlyGet(probe: Probe): Probe {
  return async (request, response) => {
    if (request.method === "GET" || request.method === "HEAD") {
      await probe(request, response);
      return;
    }
    response.setHeader("allow", "GET, HEAD");
    respondJson(request, response, 405, { message: "only GET and HEAD are served here" });
  };
}
