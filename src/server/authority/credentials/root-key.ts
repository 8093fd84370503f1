import type { RootKeyService } from "../../../domain/root_key/service.js";
import { findBearer } from "./bearer.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <root key>` */
export function rootKeyCredential(rootKeys: RootKeyService): CredentialResolver {
  return {
    find: findBearer("root_key"),
    resolve: (token, _request, { clientAddress, requestId }) => rootKeys.authenticate(token, clientAddress, requestId),
  };
}
