import { type ApiKey, type ClaimRotatedKeyResponse, UnclaimedValue } from "@altalune/sdk/messages";
import { useState } from "react";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { inForceText } from "../keys/in-force.ts";
import { ShownOnce } from "../keys/shown-once.tsx";
import { untilText } from "../keys/until-text.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";

interface ClaimDialogProps {
  readonly apiKey: ApiKey;
  /** Unless told otherwise, it is for whoever runs Altalune. */
  readonly text?: string;
  readonly claim: () => Promise<Pick<ClaimRotatedKeyResponse, "keyValue" | "previousKeyExpiresAt" | "propagation">>;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { claim: words } = texts.rotation;

/** Claims the value that a key was given by its policy, and shows it this once. */
export function ClaimDialog({ apiKey, text = words.text, claim, onDone, onClose }: ClaimDialogProps) {
  const { isBusy, failure, send } = useSending();
  const [made, setMade] = useState<{ readonly value: string; readonly sentence: string }>();

  const submit = () => {
    void send(async () => {
      const answer = await claim();
      const until = untilText(answer.previousKeyExpiresAt);
      const what = until === undefined ? words.doneAtOnce : words.done(until);
      setMade({ value: answer.keyValue, sentence: `${what} ${inForceText(answer.propagation)}` });
    });
  };
  const finish = (sentence: string) => {
    setMade(undefined);
    onDone(sentence);
  };
  if (made !== undefined) {
    return <ShownOnce value={made.value} words={words.value} onStored={() => finish(made.sentence)} />;
  }
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      intro={
        <>
          <p>{text}</p>
          {endsAtOnce(apiKey) && <Notice tone="warn">{words.endsAtOnce}</Notice>}
        </>
      }
      onSubmit={submit}
      onClose={onClose}
      makesSecret
    />
  );
}

/** Whether a claim ends the value before. Where it can be claimed again, a lost answer is no harm. */
function endsAtOnce({ rotationPolicy: policy }: ApiKey): boolean {
  return policy !== undefined && policy.unclaimed !== UnclaimedValue.END && (policy.grace?.seconds ?? 0n) === 0n;
}
