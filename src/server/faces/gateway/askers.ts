import type { RootKeyPrincipal } from "../../../domain/root_key/model.js";
import type { RootCredential, RootKeyService } from "../../../domain/root_key/service.js";
import { createRememberedPrincipal } from "../../authority/remembered-principal.js";
import type { HeadedRequest, HttpRequest } from "../../http/http.js";

/** Which gateway asks, and with the reach of which root key. */
export interface Askers {
  /** As far as memory knows; undefined: it cannot say, or the root key does not work. */
  remembered(request: HeadedRequest): RootKeyPrincipal | undefined;
  /** @throws DomainError */
  authenticate(request: HttpRequest, clientAddress: string, requestId: string): Promise<RootKeyPrincipal>;
  /** The root key that came with the request; empty: none. */
  secretIn(request: HeadedRequest): string;
}

const rootKeyHeader = "x-altalune-root-key";

/** Gateways that send their root key along. Two of them are none: Node joins them with a space between. */
export function byRootKey(rootKeys: RootKeyService): Askers {
  const tokenOf = (header: string): string | undefined => (/^[\x21-\x7e]+$/.test(header) ? header : undefined);
  const headerOf = ({ headers }: HeadedRequest): string => String(headers[rootKeyHeader] ?? "");
  return {
    remembered: createRememberedPrincipal(rootKeys, rootKeyHeader, tokenOf),
    authenticate: (request, clientAddress, requestId) =>
      rootKeys.authenticate(tokenOf(headerOf(request)), clientAddress, requestId),
    secretIn: headerOf,
  };
}

/** All who reach a listener of its own, by one root key that none of them holds. What they send as one is not looked at. */
export function byActingRootKey(rootKeys: RootKeyService, credential: RootCredential): Askers {
  return {
    remembered: () => rootKeys.remembered(credential),
    authenticate: (_request, clientAddress, requestId) => rootKeys.holderOf(credential, { clientAddress, requestId }),
    secretIn: ({ headers }) => String(headers[rootKeyHeader] ?? ""),
  };
}
