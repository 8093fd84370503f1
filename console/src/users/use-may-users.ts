import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";

/** Whether a user sees the users, and may change them: they are the instance's own, and so are for who reaches every project. */
export function useMayUsers(): { readonly mayRead: boolean; readonly mayWrite: boolean } {
  const user = useUser();
  return {
    mayRead: may(user, "users:read") && user.all_projects,
    mayWrite: may(user, "users:write") && user.all_projects,
  };
}
