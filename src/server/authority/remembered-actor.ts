import type { RootKeyService } from "../../domain/root_key/service.js";
import { bearerToken } from "./bearer-token.js";

/**
 * Whose a request is, before it is authenticated: as the audit trail names the root key, if memory knows it; empty for all
 * others, who share one turn.
 */
export function createActorOf(
  rootKeys: Pick<RootKeyService, "credentialOf" | "remembered"> | undefined,
): (authorization: string | undefined) => string {
  return (authorization) => {
    const token = bearerToken(authorization);
    const principal = token === undefined ? undefined : rootKeys?.remembered(rootKeys.credentialOf(token));
    return principal?.actor ?? "";
  };
}
