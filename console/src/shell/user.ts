import { createContext, use } from "react";
import type { SignedInUser } from "../session/auth.ts";

export const UserContext = createContext<SignedInUser | undefined>(undefined);

/** Who is signed in. */
export function useUser(): SignedInUser {
  const user = use(UserContext);
  if (user === undefined) {
    throw new Error("nobody is signed in here");
  }
  return user;
}
