import type { User } from "@altalune/sdk/messages";

/** What a user is called; who has not come yet has an address alone. */
export function userName({ displayName, username, email }: Pick<User, "displayName" | "username" | "email">): string {
  return displayName || username || email;
}
