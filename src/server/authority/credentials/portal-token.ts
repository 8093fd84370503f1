import { readToken } from "../../../domain/portal/model.js";
import type { PortalService } from "../../../domain/portal/service.js";
import { findBearer } from "./bearer.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <portal token>`, of an owner. */
export function portalTokenCredential(portal: PortalService): CredentialResolver {
  return {
    find: findBearer("portal_token"),
    projectOf: (token) => readToken(token)?.projectPublicId,
    resolve: (token, _request, from) => portal.ownerOf(token, from),
  };
}
