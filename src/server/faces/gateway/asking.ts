import { ProjectNotFoundError } from "../../../domain/project/errors.js";
import type { RootKeyPrincipal } from "../../../domain/root_key/model.js";
import type { VerificationRequest } from "../../../domain/verification/model.js";
import type { ClientRequest } from "./client-request.js";
import type { Requirements } from "./requirements.js";

/**
 * That the gateway's root key does not reach the project must not look like a key that is not known.
 *
 * @throws ProjectNotFoundError
 */
export function checkReach({ projects }: RootKeyPrincipal, { projectId }: Requirements): void {
  if (projects !== undefined && !projects.has(projectId)) {
    throw new ProjectNotFoundError();
  }
}

export function questionOf(
  { projectId, scopes, cost }: Requirements,
  key: string,
  { source }: ClientRequest,
): VerificationRequest {
  return { key, projectPublicId: projectId, requiredScopes: scopes, cost, fullyConsistent: false, source };
}
