import type { Project } from "../project/model.js";

/** Whoever runs Altalune comes with a root key or as a user; owners are the end users of a project's API. */
export type PrincipalKind = "root_key" | "user" | "owner";

/** Who calls, once the credential was found good. */
export type Principal = OperatorPrincipal | OwnerPrincipal;

/** Whoever runs Altalune: may do what its scopes say, in the projects that it reaches. */
export interface OperatorPrincipal {
  readonly kind: Exclude<PrincipalKind, "owner">;
  /** As the audit trail names it: `root_key:<id>`, `user:<id>`. */
  readonly actor: string;
  readonly scopes: readonly string[];
  /** Public ids; undefined: all. */
  readonly projects: ReadonlySet<string> | undefined;
  /** The public ids of a user and of the session that the call is of; undefined: a root key calls. */
  readonly userId?: string;
  readonly sessionId?: string;
}

/** What owners may do with their own keys. */
export const ownerPermissions = ["read", "create", "rotate", "revoke", "usage"] as const;
export type OwnerPermission = (typeof ownerPermissions)[number];

/** Of which keys somebody is the owner, and what they may do with them. */
export interface OwnerReach {
  /** The one project, as it was when the owner was known. */
  readonly project: Project;
  /** As the project's team names them; never empty, which would be nobody in particular. */
  readonly ownerId: string;
  readonly permissions: ReadonlySet<OwnerPermission>;
}

/** An owner of keys. It has neither scopes nor projects, so that nothing can take it for somebody who runs Altalune. */
export interface OwnerPrincipal extends OwnerReach {
  readonly kind: "owner";
  /** `owner:<owner id>`, or `user:<id>` of a user who is one */
  readonly actor: string;
}

/** @param reach whose own keys */
export function ownerPrincipal({ project, ownerId, permissions }: OwnerReach): OwnerPrincipal {
  return { kind: "owner", actor: actorOfOwner(ownerId), project, ownerId, permissions };
}

/** As the audit trail names an owner. */
export function actorOfOwner(ownerId: string): string {
  return `owner:${ownerId}`;
}
