import { lazy, type ReactNode } from "react";
import { Waiting } from "../parts/waiting.tsx";
import { texts } from "../texts.ts";
import { type Asked, Missing } from "./missing.tsx";

// With it comes the router, which the portal does without.
const Page = lazy(async () => ({ default: (await import("../parts/page.tsx")).Page }));

interface AnswerProps<Data> {
  readonly to: Asked<Data>;
  /** Whether a whole page is made of it. */
  readonly isPage?: boolean;
  readonly children: (data: Data) => ReactNode;
}

/** What was answered; until then that it is on its way, or why it does not come. What may be old by now is told to be. */
export function Answer<Data>({ to, isPage = false, children }: AnswerProps<Data>) {
  if (to.data !== undefined) {
    return (
      <>
        <Missing of={to} />
        {children(to.data)}
      </>
    );
  }
  if (to.error === null) {
    return <Waiting />;
  }
  return isPage ? (
    <Page title={texts.failures.title} above={{ to: "/projects", name: texts.projects.title }}>
      <Missing of={to} />
    </Page>
  ) : (
    <Missing of={to} />
  );
}
