import type { DescService } from "@bufbuild/protobuf";
import { type ConnectRouter, createServiceImplSpec } from "@connectrpc/connect";
import type { UniversalHandlerOptions } from "@connectrpc/connect/protocol";
import type { UnaryRpc } from "../call/pipeline.js";

export interface MountedRpc {
  readonly rpc: UnaryRpc;
  /** What the service was mounted with beside the server's own options. */
  readonly options: Partial<UniversalHandlerOptions>;
}

/** The unary rpcs that are mounted and have a handler, by their path. */
export function mountedRpcs(routes: (router: ConnectRouter) => void): ReadonlyMap<string, MountedRpc> {
  const mounted = new Map<string, MountedRpc>();
  const router = {
    service(service: DescService, implementation: object, options: Partial<UniversalHandlerOptions> = {}) {
      const { methods } = createServiceImplSpec(service, implementation);
      for (const spec of Object.values(methods)) {
        if (spec.kind === "unary" && spec.method.localName in implementation) {
          mounted.set(`/${service.typeName}/${spec.method.name}`, { rpc: spec as UnaryRpc, options });
        }
      }
      return router;
    },
  };
  routes(router as unknown as ConnectRouter);
  return mounted;
}
