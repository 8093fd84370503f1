import { ProjectNotFoundError } from "../../../domain/project/errors.js";
import type { Principal } from "../../../domain/root_key/model.js";
import type { VerificationRequest } from "../../../domain/verification/model.js";
import type { HttpRequest } from "../../http/http.js";
import type { Askers } from "./askers.js";
import { presentedKeys } from "./presented-keys.js";
import type { RequirementsReader } from "./read-requirements.js";
import { defaultKeySources, type KeySources, type Requirements } from "./requirements.js";

/** What a gateway asks of the keys that its client has presented. */
export interface Asked {
  readonly requirements: Requirements;
  readonly keys: readonly string[];
}

/**
 * Reads what a gateway asks. That its root key does not reach the project must not look like a key that is not known.
 *
 * @throws RequirementError
 * @throws ProjectNotFoundError
 */
export function readAsked(request: HttpRequest, { projects }: Principal, requirementsOf: RequirementsReader): Asked {
  const requirements = requirementsOf(request);
  if (projects !== undefined && !projects.has(requirements.projectId)) {
    throw new ProjectNotFoundError();
  }
  return { requirements, keys: presentedKeys(request, requirements) };
}

export function questionOf({ projectId, scopes, cost }: Requirements, key: string): VerificationRequest {
  return { key, projectPublicId: projectId, requiredScopes: scopes, cost, fullyConsistent: false };
}

/** All that came as a key, also where the requirements cannot be read, and the gateway's own. */
export function secretsIn(request: HttpRequest, askers: Askers, requirementsOf: RequirementsReader): readonly string[] {
  let sources: KeySources = defaultKeySources;
  try {
    sources = requirementsOf(request);
  } catch {
    // Whoever answers the request says so.
  }
  return [...presentedKeys(request, sources), askers.secretIn(request)];
}
