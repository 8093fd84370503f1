import { type Webhook, WebhookDisabledReason } from "@altalune/sdk/messages";
import { Badge } from "../parts/badge.tsx";
import { texts } from "../texts.ts";

const { status: words } = texts.webhooks;

const reasons: Readonly<Record<WebhookDisabledReason, string>> = {
  [WebhookDisabledReason.UNSPECIFIED]: words.off,
  [WebhookDisabledReason.BY_CALLER]: words.byCaller,
  [WebhookDisabledReason.GONE]: words.gone,
  [WebhookDisabledReason.FAILING]: words.failing,
};

/** Why nothing is sent. */
export function offText({ disabledReason }: Pick<Webhook, "disabledReason">): string {
  // A newer server may know more reasons.
  return reasons[disabledReason] ?? words.off;
}

/** Whether events are sent. */
export function WebhookStatus({ webhook: { enabled } }: { readonly webhook: Pick<Webhook, "enabled"> }) {
  return <Badge tone={enabled ? "good" : "warn"}>{enabled ? words.on : words.off}</Badge>;
}
