import type { ApiKey, RotateApiKeyResponse } from "@altalune/sdk/messages";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { useState } from "react";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { useRequest } from "../form/use-request.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import { type End, endChoices, endOf } from "./expiry.ts";
import { ExpiryField } from "./expiry-field.tsx";
import { GraceField, usualGrace } from "./grace-field.tsx";
import { inForceText } from "./in-force.ts";
import { ShownOnce } from "./shown-once.tsx";
import { untilText } from "./until-text.ts";

/** What is to become of a key. */
export interface Rotation {
  readonly gracePeriod: { readonly seconds: bigint };
  readonly requestId: string;
  /** What "now" is to it, in milliseconds. */
  readonly madeAt: number;
  /** Undefined: its end stays. */
  readonly expiration?: Timestamp;
}

type Rotated = Pick<RotateApiKeyResponse, "keyValue" | "previousKeyExpiresAt" | "propagation">;

interface RotateFormProps {
  readonly apiKey: ApiKey;
  /** What it means for whoever reads it. */
  readonly text: string;
  /** Whether another end is asked for: a key that has expired needs one. */
  readonly asksForEnd?: boolean;
  readonly rotate: (rotation: Rotation) => Promise<Rotated>;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { rotate: words } = texts.keys;

/** Asks how a key is to be rotated, shows its new value this once, and tells what becomes of the one before. */
export function RotateForm({ apiKey, text, asksForEnd = false, rotate, onDone, onClose }: RotateFormProps) {
  const { isBusy, failure, send } = useSending();
  const [grace, setGrace] = useState(usualGrace);
  const [expiry, setExpiry] = useState<End>("90");
  const [date, setDate] = useState("");
  const [isDateMissing, setIsDateMissing] = useState(false);
  const [made, setMade] = useState<{ readonly value: string; readonly sentence: string }>();
  const { id: requestId, madeAt } = useRequest(grace, expiry, date, apiKey.etag);

  const submit = () => {
    const end = asksForEnd ? endOf(expiry, date, madeAt) : {};
    setIsDateMissing(end === undefined);
    if (end === undefined) {
      return;
    }
    void send(async () => {
      const gracePeriod = { seconds: BigInt(grace) };
      const answer = await rotate({ gracePeriod, requestId, madeAt, ...end });
      setMade({ value: answer.keyValue, sentence: outcomeOf(answer) });
    });
  };
  const finish = (sentence: string) => {
    setMade(undefined);
    onDone(sentence);
  };
  if (made !== undefined) {
    return <ShownOnce value={made.value} onStored={() => finish(made.sentence)} />;
  }
  const previousUntil = untilText(apiKey.previousKeyExpiresAt);
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      intro={
        <>
          <p>{text}</p>
          {previousUntil !== undefined && <Notice tone="warn">{words.again(previousUntil)}</Notice>}
        </>
      }
      onSubmit={submit}
      onClose={onClose}
      makesSecret
    >
      <GraceField none={words.graces.none} value={grace} onChange={setGrace} error={failure?.fields["grace_period"]} />
      {asksForEnd && (
        <ExpiryField
          choices={endChoices()}
          value={expiry}
          onChange={setExpiry}
          date={date}
          onDate={setDate}
          isDateMissing={isDateMissing}
          error={failure?.fields["expiration"]}
        />
      )}
    </DialogForm>
  );
}

function outcomeOf({ previousKeyExpiresAt, propagation }: Rotated): string {
  const until = untilText(previousKeyExpiresAt);
  return `${until === undefined ? words.doneAtOnce : words.done(until)} ${inForceText(propagation)}`;
}
