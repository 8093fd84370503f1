import type { Caller } from "../../../domain/caller.js";
import type { Principal } from "../../../domain/root_key/model.js";
import type { ClientRequest } from "./client-request.js";
import { type ForwardedRequest, forwardedRequest } from "./forwarded-request.js";

/** A gateway, with what its client has asked for, and from where: read when the log is to have it. */
export class GatewayCaller implements Caller {
  readonly actor: string;
  readonly scopes: readonly string[];
  readonly projects: ReadonlySet<string> | undefined;
  readonly requestId: string;
  readonly #client: ClientRequest;
  readonly #secrets: readonly string[];

  /** @param secrets what was presented */
  constructor(
    { actor, scopes, projects }: Principal,
    requestId: string,
    client: ClientRequest,
    secrets: readonly string[],
  ) {
    this.actor = actor;
    this.scopes = scopes;
    this.projects = projects;
    this.requestId = requestId;
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
