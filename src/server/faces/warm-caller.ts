import type { RootKeyPrincipal } from "../../domain/root_key/model.js";
import { type ClientAddressResolver, clientAddressOf } from "../http/client-address.js";
import type { HttpRequest } from "../http/http.js";
import { PrincipalCaller } from "./principal-caller.js";

/** The caller of a call that memory answers: its address is asked for when the key is refused only. */
export class WarmCaller extends PrincipalCaller {
  readonly #request: HttpRequest;
  readonly #resolver: ClientAddressResolver;

  constructor(principal: RootKeyPrincipal, requestId: string, request: HttpRequest, resolver: ClientAddressResolver) {
    super(principal, requestId);
    this.#request = request;
    this.#resolver = resolver;
  }

  get clientAddress(): string {
    return clientAddressOf(this.#request, this.#resolver);
  }
}
