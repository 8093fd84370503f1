import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";

/** Whether a user may read what was done to what belongs to no project. */
export function useMayReadInstanceTrail(): boolean {
  const user = useUser();
  return may(user, "audit:read") && user.all_projects;
}
