import type { Principal } from "../../../domain/root_key/model.js";
import type { ClientAddressResolver } from "../../http/client-address.js";
import type { HttpRequest } from "../../http/http.js";
import { WarmCaller } from "../warm-caller.js";
import { type ForwardedRequest, forwardedRequest } from "./forwarded-request.js";

/** A gateway, with what its client has asked for: read when the log is to have it. */
export class GatewayCaller extends WarmCaller {
  readonly #request: HttpRequest;
  readonly #secrets: readonly string[];

  /** @param secrets what was presented */
  constructor(
    principal: Principal,
    requestId: string,
    request: HttpRequest,
    resolver: ClientAddressResolver,
    secrets: readonly string[],
  ) {
    super(principal, requestId, request, resolver);
    this.#request = request;
    this.#secrets = secrets;
  }

  get forwarded(): ForwardedRequest {
    return forwardedRequest(this.#request, this.#secrets);
  }
}
