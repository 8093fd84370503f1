import type { SignedInUser } from "../session/auth.ts";
import { may } from "../session/may.ts";
import { texts } from "../texts.ts";

/** Somewhere to go, and for whom it is. */
export interface GuardedPlace {
  readonly to: string;
  readonly name: string;
  readonly scope: string;
  /** Whether it is of the whole instance, and so for whoever reaches every project. */
  readonly ofAllProjects?: boolean;
}

/** Those of the navigation; also found by a search. A place is listed once it is there. */
export const places: readonly GuardedPlace[] = [
  { to: "/projects", name: texts.shell.projects, scope: "projects:read" },
  { to: "/tiers", name: texts.shell.tiers, scope: "tiers:read" },
  { to: "/users", name: texts.shell.users, scope: "users:read", ofAllProjects: true },
  { to: "/trail", name: texts.shell.trail, scope: "audit:read", ofAllProjects: true },
];

export function mayGoTo(
  user: SignedInUser,
  { scope, ofAllProjects = false }: Pick<GuardedPlace, "scope" | "ofAllProjects">,
): boolean {
  return may(user, scope) && (user.all_projects || !ofAllProjects);
}
