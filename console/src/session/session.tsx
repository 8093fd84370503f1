import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";
import { texts } from "../texts.ts";
import { AuthRefusal, me, type SignedInUser, signOut } from "./auth.ts";

/** Whether somebody is signed in, as far as is known. */
export type SessionState =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly sentence: string }
  /** `hasEnded`: somebody was signed in, and did not sign out. */
  | { readonly kind: "signed-out"; readonly hasEnded: boolean }
  | { readonly kind: "signed-in"; readonly user: SignedInUser };

export interface Session {
  readonly state: SessionState;
  /** Asks the server anew. */
  ask(): void;
  begin(user: SignedInUser): void;
  /** Notes that the server no longer knows the session. */
  hasEnded(): void;
  signOut(): Promise<void>;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) {
    throw new Error("there is no SessionProvider above");
  }
  return session;
}

/** Keeps who is signed in: in memory alone, since the cookie is the browser's. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ kind: "asking" });
  const ask = useCallback(() => {
    setState({ kind: "asking" });
    me().then(
      (user) => setState({ kind: "signed-in", user }),
      (error: unknown) => setState(stateAfter(error)),
    );
  }, []);
  useEffect(ask, [ask]);
  const session = useMemo<Session>(
    () => ({
      state,
      ask,
      begin: (user) => setState({ kind: "signed-in", user }),
      hasEnded: () => setState({ kind: "signed-out", hasEnded: true }),
      async signOut() {
        await signOut().catch((error: unknown) => {
          // Whoever has no session any more is signed out.
          if (!(error instanceof AuthRefusal && error.status === 401)) {
            throw error;
          }
        });
        setState({ kind: "signed-out", hasEnded: false });
      },
    }),
    [state, ask],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

function stateAfter(error: unknown): SessionState {
  if (error instanceof AuthRefusal) {
    return error.status === 401
      ? { kind: "signed-out", hasEnded: false }
      : { kind: "failed", sentence: error.message || texts.failures.unexpected(undefined) };
  }
  return { kind: "failed", sentence: texts.failures.unreachable };
}
