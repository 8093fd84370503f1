import { useEffect } from "react";
import { onceFree } from "../parts/hold.ts";
import { me } from "./auth.ts";
import { isSignedOut, type SessionState } from "./session-state.ts";

/**
 * Tells the other tabs of this browser who is signed in, since they have the same cookie, and asks the server when they tell of somebody else, or
 * somebody comes back to this tab.
 *
 * @param become what is known then, in the place of this state
 */
export function useOtherTabs(state: SessionState, become: (next: SessionState) => void): void {
  useEffect(() => {
    if (state.kind === "asking" || state.kind === "failed") {
      return;
    }
    const userId = state.kind === "signed-in" ? state.user.id : "";
    const ask = () => {
      me().then(
        (user) => user.id !== userId && onceFree(() => become({ kind: "signed-in", user })),
        (error: unknown) => {
          if (userId !== "" && isSignedOut(error)) {
            onceFree(() => become({ kind: "signed-out", hasEnded: true }));
          }
        },
      );
    };
    const askIfAnother = ({ data }: MessageEvent) => data !== userId && ask();
    const askIfSeen = () => userId !== "" && document.visibilityState === "visible" && ask();
    const tabs = new BroadcastChannel("altalune-session");
    tabs.addEventListener("message", askIfAnother);
    document.addEventListener("visibilitychange", askIfSeen);
    tabs.postMessage(userId);
    return () => {
      tabs.close();
      document.removeEventListener("visibilitychange", askIfSeen);
    };
  }, [state, become]);
}
