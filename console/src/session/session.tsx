import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";
import { onceFree } from "../parts/hold.ts";
import { me, type SignedInUser, signOut } from "./auth.ts";
import { isSignedOut, type SessionState, stateAfter } from "./session-state.ts";
import { useOtherTabs } from "./use-other-tabs.ts";

export interface Session {
  readonly state: SessionState;
  /** Asks the server anew. */
  ask(): void;
  begin(user: SignedInUser): void;
  /** Notes that the server no longer knows the session of this state, unless another has begun since. Waits for what holds the page. */
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
  const become = useCallback((next: SessionState) => setState((now) => (now === state ? next : now)), [state]);
  useOtherTabs(state, become);
  const session = useMemo<Session>(
    () => ({
      state,
      ask,
      begin: (user) => setState({ kind: "signed-in", user }),
      hasEnded: () => onceFree(() => become({ kind: "signed-out", hasEnded: true })),
      async signOut() {
        await signOut().catch((error: unknown) => {
          // Whoever has no session any more is signed out.
          if (!isSignedOut(error)) {
            throw error;
          }
        });
        setState({ kind: "signed-out", hasEnded: false });
      },
    }),
    [state, ask, become],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}
