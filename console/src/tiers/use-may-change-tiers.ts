import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";

/** Whether a user may make, change and delete tiers, which hold for every project. */
export function useMayChangeTiers(): boolean {
  const user = useUser();
  return may(user, "tiers:write") && user.all_projects;
}
