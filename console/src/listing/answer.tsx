import { Button, Stack } from "@mantine/core";
import { lazy, type ReactNode, use } from "react";
import { FailureWordsContext, failureOf } from "../api/failure.ts";
import { Notice } from "../parts/notice.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { texts } from "../texts.ts";

// With it comes the router, which the portal does without.
const Page = lazy(async () => ({ default: (await import("../parts/page.tsx")).Page }));

interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: Error | null;
  refetch(): unknown;
}

interface AnswerProps<Data> {
  readonly to: Asked<Data>;
  /** Whether a whole page is made of it. */
  readonly isPage?: boolean;
  readonly children: (data: Data) => ReactNode;
}

/** What was answered; until then that it is on its way, or why it does not come. */
export function Answer<Data>({ to, isPage = false, children }: AnswerProps<Data>) {
  const words = use(FailureWordsContext);
  if (to.data !== undefined) {
    return children(to.data);
  }
  if (to.error === null) {
    return <Waiting />;
  }
  const notice = <Missing sentence={failureOf(to.error, words).sentence} onRetry={() => to.refetch()} />;
  const above = { to: "/projects", name: texts.projects.title };
  return isPage ? (
    <Page title={texts.failures.title} above={above}>
      {notice}
    </Page>
  ) : (
    notice
  );
}

function Missing({ sentence, onRetry }: { readonly sentence: string; readonly onRetry: () => void }) {
  return (
    <Stack align="start" gap="md">
      <Notice tone="bad">{sentence}</Notice>
      <Button variant="default" onClick={onRetry}>
        {texts.tryAgain}
      </Button>
    </Stack>
  );
}
