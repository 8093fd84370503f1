import { AuditService } from "@altalune/sdk/messages";
import { Button, FileButton, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { countText } from "../parts/count-text.ts";
import { texts } from "../texts.ts";
import { expectedHeadOf } from "./head.ts";
import { type WalkOutcome, walkChain } from "./walk-chain.ts";
import { WalkNotice } from "./walk-notice.tsx";

interface CheckDialogProps {
  /** Empty: the instance's own trail. */
  readonly projectId: string;
  readonly onClose: () => void;
}

const { check: words } = texts.trail;

/** Checks a trail, against a head from before where one is given. Who closes it ends the walk. */
export function CheckDialog({ projectId, onClose }: CheckDialogProps) {
  const audit = useClient(AuditService);
  const { isBusy, failure, send } = useSending();
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const [soFar, setSoFar] = useState(0n);
  const [found, setFound] = useState<{ readonly outcome: WalkOutcome; readonly hasHead: boolean }>();
  const walking = useRef<AbortController>(undefined);
  useEffect(() => () => walking.current?.abort(), []);

  const check = () => {
    const head = text.trim() === "" ? undefined : expectedHeadOf(text, projectId);
    setFound(undefined);
    setFault(head !== undefined && "fault" in head ? head.fault : undefined);
    if (head !== undefined && "fault" in head) {
      return;
    }
    walking.current = new AbortController();
    const { signal } = walking.current;
    setSoFar(0n);
    void send(async () => {
      const outcome = await walkChain(audit, projectId, { expectedHead: head?.hash, onPart: setSoFar, signal });
      setFound({ outcome, hasHead: head !== undefined });
    });
  };
  const takeFile = (file: File | null) => void file?.text().then(setText);
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      intro={
        <>
          <p>{words.text}</p>
          {isBusy && soFar > 0n && <p role="status">{words.soFar(countText(soFar))}</p>}
          {found !== undefined && <WalkNotice {...found} />}
        </>
      }
      onSubmit={check}
      onClose={onClose}
      endsByClosing
    >
      <Textarea
        data-autofocus
        label={`${words.head} (${texts.form.optional})`}
        description={words.headHint}
        rows={3}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={fault}
      />
      <div>
        <FileButton accept="application/json,.json" onChange={takeFile}>
          {(button) => (
            <Button {...button} variant="default" size="compact-sm">
              {words.headFile}
            </Button>
          )}
        </FileButton>
      </div>
    </DialogForm>
  );
}
