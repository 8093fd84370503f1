import { texts } from "../texts.ts";
import { AuthRefusal, type SignedInUser } from "./auth.ts";

/** Whether somebody is signed in, as far as is known. */
export type SessionState =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly sentence: string }
  /** `hasEnded`: somebody was signed in, and did not sign out. */
  | { readonly kind: "signed-out"; readonly hasEnded: boolean }
  | { readonly kind: "signed-in"; readonly user: SignedInUser };

/** Whether the server knows no session. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof AuthRefusal && error.status === 401;
}

export function stateAfter(error: unknown): SessionState {
  if (isSignedOut(error)) {
    return { kind: "signed-out", hasEnded: false };
  }
  const told = error instanceof AuthRefusal ? error.message || texts.failures.unexpected(undefined) : undefined;
  return { kind: "failed", sentence: told ?? texts.failures.unreachable };
}
