import type { DescMethodUnary } from "@bufbuild/protobuf";
import type { Served } from "../../call/call-log.js";
import type { ServeRequest } from "../serve-request.js";

/** What is served at a path below /v1: an rpc, or a refusal that says what there is. */
export interface RestEndpoint {
  /** Undefined: none is at this path by this method. */
  readonly rpc: DescMethodUnary | undefined;
  /** What is served that is no rpc, as logs and metrics name it; undefined: nothing. */
  readonly served?: Served;
  readonly serve: ServeRequest;
}
