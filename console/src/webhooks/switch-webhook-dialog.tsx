import { WebhookService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { ConfirmDialog } from "../form/confirm-dialog.tsx";
import { texts } from "../texts.ts";
import type { WebhookDialogProps } from "./webhook-dialog-props.ts";

/** Switches a webhook off, or on again. */
export function SwitchWebhookDialog({ webhook, onDone, onClose }: WebhookDialogProps) {
  const webhooks = useClient(WebhookService);
  const queries = useQueryClient();
  // What others do to it meanwhile does not turn what is asked here into its contrary.
  const [{ projectId, id: webhookId, etag, enabled }] = useState(webhook);
  const words = enabled ? texts.webhooks.switchOff : texts.webhooks.switchOn;

  const turn = async () => {
    const updateMask = { paths: ["enabled"] };
    await webhooks.updateWebhook({ projectId, webhookId, etag, enabled: !enabled, updateMask });
    onDone(words.done);
    await queries.invalidateQueries();
  };
  return <ConfirmDialog title={words.title} text={words.text} submit={words.action} work={turn} onClose={onClose} />;
}
