import { lazy, Suspense } from "react";
import { Look } from "./look/look.tsx";
import { Broken } from "./parts/broken.tsx";
import { FullPageNote } from "./parts/full-page-note.tsx";
import { Waiting } from "./parts/waiting.tsx";
import { SessionProvider, useSession } from "./session/session.tsx";
import { texts } from "./texts.ts";

const SignInPage = lazy(() => import("./session/sign-in-page.tsx"));
const Workspace = lazy(() => import("./shell/workspace.tsx"));

export function App() {
  return (
    <Look>
      <Broken>
        <SessionProvider>
          <Suspense fallback={<Waiting />}>
            <Door />
          </Suspense>
        </SessionProvider>
      </Broken>
    </Look>
  );
}

/** Whoever is not signed in signs in at the address that was asked for, and so is there afterwards. */
function Door() {
  const { state, ask } = useSession();
  switch (state.kind) {
    case "asking":
      return <Waiting />;
    case "failed":
      return <FullPageNote sentence={state.sentence} action={texts.tryAgain} onAction={ask} />;
    case "signed-out":
      return <SignInPage hasEnded={state.hasEnded} />;
    case "signed-in":
      return <Workspace user={state.user} />;
  }
}
