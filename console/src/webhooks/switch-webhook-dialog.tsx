import { WebhookService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { texts } from "../texts.ts";
import type { WebhookDialogProps } from "./change-webhook-dialog.tsx";

/** Switches a webhook off, or on again. */
export function SwitchWebhookDialog({ webhook, onDone, onClose }: WebhookDialogProps) {
  const webhooks = useClient(WebhookService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  // What others do to it meanwhile does not turn what is asked here into its contrary.
  const [{ projectId, id: webhookId, etag, enabled }] = useState(webhook);
  const words = enabled ? texts.webhooks.switchOff : texts.webhooks.switchOn;

  const submit = () => {
    void send(async () => {
      const updateMask = { paths: ["enabled"] };
      await webhooks.updateWebhook({ projectId, webhookId, etag, enabled: !enabled, updateMask });
      onDone(words.done);
      await queries.invalidateQueries();
    });
  };
  return (
    <DialogForm
      title={words.title}
      submit={words.action}
      isBusy={isBusy}
      failure={failure}
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
