import type { Caller } from "../../domain/caller.js";
import type { Principal } from "../../domain/root_key/model.js";
import { type ClientAddressResolver, clientAddressOf } from "../http/client-address.js";
import type { HttpRequest } from "../http/http.js";

/** The caller of a call that memory answers: its address is asked for when the key is refused only. */
export class WarmCaller implements Caller {
  readonly actor: string;
  readonly scopes: readonly string[];
  readonly projects: ReadonlySet<string> | undefined;
  readonly requestId: string;
  readonly #request: HttpRequest;
  readonly #resolver: ClientAddressResolver;

  constructor(
    { actor, scopes, projects }: Principal,
    requestId: string,
    request: HttpRequest,
    resolver: ClientAddressResolver,
  ) {
    this.actor = actor;
    this.scopes = scopes;
    this.projects = projects;
    this.requestId = requestId;
    this.#request = request;
    this.#resolver = resolver;
  }

  get clientAddress(): string {
    return clientAddressOf(this.#request, this.#resolver);
  }
}
