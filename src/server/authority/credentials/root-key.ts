import { bearerShape } from "../../../domain/principal/credential-shape.js";
import type { RootKeyService } from "../../../domain/root_key/service.js";
import { bearerToken } from "../bearer-token.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <root key>` */
export function rootKeyCredential(rootKeys: RootKeyService): CredentialResolver {
  return {
    find({ headers }) {
      const token = bearerToken(headers.get("authorization"));
      return token !== undefined && bearerShape(token) === "root_key" ? token : undefined;
    },
    resolve: (token, _request, { clientAddress, requestId }) => rootKeys.authenticate(token, clientAddress, requestId),
  };
}
