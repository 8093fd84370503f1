import { Writable } from "node:stream";
import type { ConnectRouter, ServiceImpl } from "@connectrpc/connect";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { createLogger } from "../../../src/platform/logger.js";
import { type Server, type ServerOptions, startServer } from "../../../src/server/server.js";

export interface Started {
  readonly server: Server;
  readonly url: string;
  /** All that was logged so far. */
  logged(): string;
}

/** A server of its own for a test, gone after it. Everybody passes its gate unless the test brings another. */
export async function start(options: Partial<ServerOptions> = {}): Promise<Started> {
  let log = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  });
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    corsOrigins: [],
    trustedProxies: [],
    logger: createLogger("trace", destination),
    metrics: new Registry(),
    routes: mount({}),
    requestGate: async () => {},
    interceptors: [],
    readiness: async () => ({ ready: true, reasons: [] }),
    drainTimeoutMs: 2_000,
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, url: server.url, logged: () => log };
}

export interface Handlers {
  readonly project?: Partial<ServiceImpl<typeof ProjectService>>;
  readonly apiKey?: Partial<ServiceImpl<typeof ApiKeyService>>;
  readonly verification?: Partial<ServiceImpl<typeof VerificationService>>;
}

/** The services, with handlers for those methods that the test calls. */
export function mount(handlers: Handlers): (router: ConnectRouter) => void {
  return (router) => {
    router.service(ProjectService, handlers.project ?? {});
    router.service(ApiKeyService, handlers.apiKey ?? {});
    router.service(VerificationService, handlers.verification ?? {});
  };
}
