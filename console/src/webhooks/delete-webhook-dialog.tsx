import { WebhookService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { useLeave } from "../parts/outcome.tsx";
import { texts } from "../texts.ts";
import type { WebhookDialogProps } from "./change-webhook-dialog.tsx";
import { webhooksPath } from "./webhook-path.ts";

const { delete: words } = texts.webhooks;

/** Deletes a webhook as it was when it was looked at, and leads to those that are left. */
export function DeleteWebhookDialog({ webhook, onClose }: Omit<WebhookDialogProps, "onDone">) {
  const webhooks = useClient(WebhookService);
  const leave = useLeave();
  const { isBusy, failure, send } = useSending();
  const { projectId, id: webhookId, etag } = webhook;

  const submit = () => {
    void send(async () => {
      await webhooks.deleteWebhook({ projectId, webhookId, etag });
      await leave(webhooksPath(projectId), words.done, { replace: true });
    });
  };
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      isFinal
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
