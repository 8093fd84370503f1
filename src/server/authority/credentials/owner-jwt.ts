import { bearerShape } from "../../../domain/principal/credential-shape.js";
import { OwnerCredentialInvalidError } from "../../../domain/principal/errors.js";
import type { TrustedIssuerService } from "../../../domain/trusted_issuer/service.js";
import { bearerToken } from "../bearer-token.js";
import { namedProjects } from "./named-project.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <JSON Web Token>`, of an owner whose project trusts its issuer. */
export function ownerJwtCredential(trustedIssuers: TrustedIssuerService): CredentialResolver {
  return {
    find({ headers }) {
      const token = bearerToken(headers.get("authorization"));
      return token !== undefined && bearerShape(token) === "jwt" ? token : undefined;
    },
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
