import { WebhookService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { ConfirmDialog } from "../form/confirm-dialog.tsx";
import { useLeave } from "../parts/outcome.tsx";
import { texts } from "../texts.ts";
import type { WebhookDialogProps } from "./webhook-dialog-props.ts";
import { webhooksPath } from "./webhook-path.ts";

const { delete: words } = texts.webhooks;

/** Deletes a webhook as it was when it was looked at, and leads to those that are left. */
export function DeleteWebhookDialog({ webhook, onClose }: Omit<WebhookDialogProps, "onDone">) {
  const webhooks = useClient(WebhookService);
  const leave = useLeave();
  const { projectId, id: webhookId, etag } = webhook;

  const remove = async () => {
    await webhooks.deleteWebhook({ projectId, webhookId, etag });
    await leave(webhooksPath(projectId), words.done, { replace: true });
  };
  return (
    <ConfirmDialog
      title={words.title}
      text={words.text}
      submit={words.submit}
      isFinal
      work={remove}
      onClose={onClose}
    />
  );
}
