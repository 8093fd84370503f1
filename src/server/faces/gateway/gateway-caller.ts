import type { RootKeyPrincipal } from "../../../domain/root_key/model.js";
import { PrincipalCaller } from "../principal-caller.js";
import type { ClientRequest } from "./client-request.js";
import { type ForwardedRequest, forwardedRequest } from "./forwarded-request.js";

/** A gateway, with what its client has asked for, and from where: read when the log is to have it. */
export class GatewayCaller extends PrincipalCaller {
  readonly #client: ClientRequest;
  readonly #secrets: readonly string[];

  /** @param secrets what was presented */
  constructor(principal: RootKeyPrincipal, requestId: string, client: ClientRequest, secrets: readonly string[]) {
    super(principal, requestId);
    this.#client = client;
    this.#secrets = secrets;
  }

  get clientAddress(): string {
    return this.#client.address;
  }

  get forwarded(): ForwardedRequest {
    return forwardedRequest(this.#client.told, this.#secrets);
  }
}
