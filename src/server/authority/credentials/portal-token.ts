import { readToken } from "../../../domain/portal/model.js";
import type { PortalService } from "../../../domain/portal/service.js";
import { bearerShape } from "../../../domain/principal/credential-shape.js";
import { bearerToken } from "../bearer-token.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <portal token>`, of an owner. */
export function portalTokenCredential(portal: PortalService): CredentialResolver {
  return {
    find({ headers }) {
      const token = bearerToken(headers.get("authorization"));
      return token !== undefined && bearerShape(token) === "portal_token" ? token : undefined;
    },
    projectOf: (token) => readToken(token)?.projectPublicId,
    resolve: (token, _request, from) => portal.ownerOf(token, from),
  };
}
