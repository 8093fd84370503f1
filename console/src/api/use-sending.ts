import { use, useCallback, useRef, useState } from "react";
import { type Failure, FailureWordsContext, failureOf } from "./failure.ts";

export interface Sending {
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  /** Does one thing at a time: while it is busy, nothing more is begun. What fails is told by `failure`. */
  send(work: () => Promise<void>): Promise<void>;
  forget(): void;
}

/** A call that changes something, and what came of it. */
export function useSending(): Sending {
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const words = use(FailureWordsContext);
  const busy = useRef(false);
  const send = useCallback(
    async (work: () => Promise<void>) => {
      if (busy.current) {
        return;
      }
      busy.current = true;
      setIsBusy(true);
      setFailure(undefined);
      try {
        await work();
      } catch (error) {
        setFailure(failureOf(error, words));
      } finally {
        busy.current = false;
        setIsBusy(false);
      }
    },
    [words],
  );
  const forget = useCallback(() => setFailure(undefined), []);
  return { isBusy, failure, send, forget };
}
