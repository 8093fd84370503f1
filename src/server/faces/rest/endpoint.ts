import type { DescMethodUnary } from "@bufbuild/protobuf";
import type { ServeRequest } from "../serve-request.js";

/** What is served at a path below /v1: an rpc, or a refusal that says what there is. */
export interface RestEndpoint {
  /** Undefined: none is at this path by this method. */
  readonly rpc: DescMethodUnary | undefined;
  readonly serve: ServeRequest;
}
