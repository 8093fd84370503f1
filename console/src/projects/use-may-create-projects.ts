import { type GuardedPlace, mayGoTo } from "../shell/places.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";

/** Where a project is made. */
export const newProjectPlace: GuardedPlace = {
  to: "/projects/new",
  name: texts.projects.create,
  scope: "projects:write",
  ofAllProjects: true,
};

/** Whether a user may make projects: whoever reaches but some would not reach the new one. */
export function useMayCreateProjects(): boolean {
  return mayGoTo(useUser(), newProjectPlace);
}
