import type { SignedInUser } from "./auth.ts";

/** Whether a user has a scope. What is not offered would be refused: each rpc asks for itself. */
export function may(user: SignedInUser, scope: string): boolean {
  return user.scopes.includes("*") || user.scopes.includes(scope);
}
