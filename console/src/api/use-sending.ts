import { use, useCallback, useRef, useState } from "react";
import { texts } from "../texts.ts";
import { type Failure, FailureWordsContext, failureOf } from "./failure.ts";

export interface Sending {
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  /** Does one thing at a time: while it is busy, nothing more is begun. What fails is told by `failure`. */
  send(work: () => Promise<void>): Promise<void>;
  /** Tells that what is in the fields cannot be sent, as each says that is at fault. */
  refuse(): void;
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
  const refuse = useCallback(() => setFailure({ reason: "", sentence: texts.form.notSent, fields: {} }), []);
  const forget = useCallback(() => setFailure(undefined), []);
  return { isBusy, failure, send, refuse, forget };
}
