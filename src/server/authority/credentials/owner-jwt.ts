import { OwnerCredentialInvalidError } from "../../../domain/principal/errors.js";
import type { TrustedIssuerService } from "../../../domain/trusted_issuer/service.js";
import { findBearer } from "./bearer.js";
import { namedProjects } from "./named-project.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <JSON Web Token>`, of an owner whose project trusts its issuer. */
export function ownerJwtCredential(trustedIssuers: TrustedIssuerService): CredentialResolver {
  return {
    find: findBearer("jwt"),
    projectOf: (_token, request) => namedProjects(request)[0],
    async resolve(token, request, from) {
      const [project, ...others] = namedProjects(request);
      if (others.length > 0) {
        throw new OwnerCredentialInvalidError();
      }
      return trustedIssuers.ownerOf(token, project, from);
    },
  };
}
