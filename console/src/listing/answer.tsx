import type { ConnectError } from "@connectrpc/connect";
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { failureOf } from "../api/failure.ts";
import { Notice } from "../parts/notice.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { texts } from "../texts.ts";

interface Asked<Data> {
  readonly data: Data | undefined;
  readonly error: ConnectError | null;
  refetch(): unknown;
}

interface AnswerProps<Data> {
  readonly to: Asked<Data>;
  readonly children: (data: Data) => ReactNode;
}

/** What was answered; until then that it is on its way, or why it does not come. */
export function Answer<Data>({ to, children }: AnswerProps<Data>) {
  if (to.data !== undefined) {
    return children(to.data);
  }
  if (to.error === null) {
    return <Waiting />;
  }
  return (
    <Notice tone="bad">
      <p>{failureOf(to.error).sentence}</p>
      <Button variant="default" onClick={() => to.refetch()}>
        {texts.tryAgain}
      </Button>
    </Notice>
  );
}
