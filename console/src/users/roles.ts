import { type User, UserRole } from "@altalune/sdk/messages";
import { texts } from "../texts.ts";

const keys = ["owner", "admin", "developer", "viewer"] as const;
const values = { owner: UserRole.OWNER, admin: UserRole.ADMIN, developer: UserRole.DEVELOPER, viewer: UserRole.VIEWER };

/** What a user may be, from the strongest: as /api/auth and addresses say it, as the contract's messages and its filters do, and for people. */
export const roles = keys.map((key) => ({
  key,
  value: values[key],
  contractName: `USER_ROLE_${key.toUpperCase()}`,
  name: texts.shell.roles[key] ?? "",
  description: texts.users.roles[key],
}));

/** Of a newer server there may be more: empty. */
export function roleText(role: UserRole): string {
  return roles.find(({ value }) => value === role)?.name ?? "";
}

export function reachText({ allProjects, projectIds }: Pick<User, "allProjects" | "projectIds">): string {
  return allProjects ? texts.users.everyProject : texts.users.projects(projectIds.length);
}
