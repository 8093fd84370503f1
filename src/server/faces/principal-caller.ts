import type { Caller } from "../../domain/caller.js";
import type { RootKeyPrincipal } from "../../domain/root_key/model.js";

/** Who calls by a root key, but for the address, which may cost more to find out than the call. */
export abstract class PrincipalCaller implements Caller {
  readonly actor: string;
  readonly scopes: readonly string[];
  readonly projects: ReadonlySet<string> | undefined;
  readonly requestId: string;

  constructor({ actor, scopes, projects }: RootKeyPrincipal, requestId: string) {
    this.actor = actor;
    this.scopes = scopes;
    this.projects = projects;
    this.requestId = requestId;
  }

  abstract get clientAddress(): string;
}
