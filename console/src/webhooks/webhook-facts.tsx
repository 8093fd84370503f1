import type { Webhook } from "@altalune/sdk/messages";
import { Code } from "@mantine/core";
import { isAhead } from "../keys/until-text.ts";
import { Moment } from "../listing/moment.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { texts } from "../texts.ts";
import { WebhookStatus } from "./webhook-status.tsx";
import { eventsText } from "./webhook-table.tsx";

const { facts: words, columns } = texts.webhooks;

/** What a webhook is. */
export function WebhookFacts({ webhook }: { readonly webhook: Webhook }) {
  const { previousSecretExpiresAt } = webhook;
  return (
    <Facts title={words.title}>
      <Fact name={columns.status}>
        <WebhookStatus webhook={webhook} />
      </Fact>
      <Fact name={columns.url}>{webhook.url}</Fact>
      <Fact name={columns.events}>{eventsText(webhook.eventTypes)}</Fact>
      {webhook.description !== "" && <Fact name={columns.description}>{webhook.description}</Fact>}
      <Fact name={words.id}>
        <Code>{webhook.id}</Code>
      </Fact>
      {isAhead(previousSecretExpiresAt) && (
        <Fact name={words.previousUntil}>
          <Moment at={previousSecretExpiresAt} />
        </Fact>
      )}
      <Fact name={columns.created}>
        <Moment at={webhook.createdAt} />
      </Fact>
      <Fact name={words.changed}>
        <Moment at={webhook.updatedAt} />
      </Fact>
    </Facts>
  );
}
