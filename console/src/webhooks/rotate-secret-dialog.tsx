import { WebhookService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { GraceField, usualGrace } from "../keys/grace-field.tsx";
import { ShownOnce } from "../keys/shown-once.tsx";
import { untilText } from "../keys/until-text.ts";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import type { WebhookDialogProps } from "./webhook-dialog-props.ts";

const { rotate: words, secret: ofSecret } = texts.webhooks;

/**
 * Gives a webhook another secret, as it was when it was looked at, and shows it this once: after an answer that was lost another try would
 * end the secret that the receiver has.
 */
export function RotateSecretDialog({ webhook, onDone, onClose }: WebhookDialogProps) {
  const webhooks = useClient(WebhookService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  const [grace, setGrace] = useState(usualGrace);
  const [made, setMade] = useState<{ readonly secret: string; readonly sentence: string }>();
  const [{ projectId, id: webhookId, etag, previousSecretExpiresAt }] = useState(webhook);

  const submit = () => {
    void send(async () => {
      const gracePeriod = { seconds: BigInt(grace) };
      const request = { projectId, webhookId, etag, gracePeriod };
      const { webhook: after, secret } = await webhooks.rotateWebhookSecret(request);
      const until = grace === "0" ? undefined : untilText(after?.previousSecretExpiresAt);
      setMade({ secret, sentence: until === undefined ? words.doneAtOnce : words.done(until) });
    });
  };
  const finish = (sentence: string) => {
    setMade(undefined);
    onDone(sentence);
    void queries.invalidateQueries();
  };
  if (made !== undefined) {
    const shown = { ...ofSecret, text: `${made.sentence} ${ofSecret.text}` };
    return <ShownOnce value={made.secret} words={shown} onStored={() => finish(made.sentence)} />;
  }
  const previousUntil = untilText(previousSecretExpiresAt);
  const isRotated = failure?.reason === "ETAG_MISMATCH";
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={isRotated ? { ...failure, sentence: words.rotatedAlready } : failure}
      intro={
        <>
          <p>{words.text}</p>
          {previousUntil !== undefined && <Notice tone="warn">{words.again(previousUntil)}</Notice>}
        </>
      }
      onSubmit={submit}
      onClose={onClose}
      makesSecret
    >
      <GraceField none={words.noGrace} value={grace} onChange={setGrace} error={failure?.fields["grace_period"]} />
    </DialogForm>
  );
}
