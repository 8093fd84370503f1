import type { Webhook } from "@altalune/sdk/messages";

/** Of each dialog about a webhook. */
export interface WebhookDialogProps {
  readonly webhook: Webhook;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}
