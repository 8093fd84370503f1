import { UserKeysNotAllowedError } from "../../domain/principal/errors.js";
import { type OperatorPrincipal, type OwnerPrincipal, ownerPermissions } from "../../domain/principal/model.js";
import type { ProjectService } from "../../domain/project/service.js";
import { namedProjects } from "./credentials/named-project.js";
import type { CredentialedRequest } from "./credentials/resolver.js";

/**
 * A user as an owner of keys, by the user's id: in the project that the request names, or else in the only one that lets users have
 * keys. The trail names the user.
 *
 * @throws UserKeysNotAllowedError
 */
export async function ownerOfUser(
  { actor, userId }: OperatorPrincipal,
  request: CredentialedRequest,
  projects: ProjectService,
): Promise<OwnerPrincipal> {
  const [name, ...others] = namedProjects(request);
  const named = name === undefined ? await projects.onlyForUsers() : await projects.named(name);
  if (userId === undefined || others.length > 0 || named?.ownerAccess?.allowUsers !== true) {
    throw new UserKeysNotAllowedError();
  }
  return { kind: "owner", actor, project: named, ownerId: userId, permissions: new Set(ownerPermissions) };
}
