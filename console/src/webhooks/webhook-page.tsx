import { type Project, ProjectService, type Webhook, WebhookService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { useParams } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { Deliveries } from "./deliveries.tsx";
import { TestOutcome } from "./test-outcome.tsx";
import { WebhookActions } from "./webhook-actions.tsx";
import { WebhookFacts } from "./webhook-facts.tsx";
import { webhooksPath } from "./webhook-path.ts";
import { offText } from "./webhook-status.tsx";

/** A webhook: what it is, what may be done with it, and what it was sent. */
export default function WebhookPage() {
  const { projectId = "", webhookId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  const webhook = useQuery(WebhookService.method.getWebhook, { projectId, webhookId });
  return (
    <Answer to={project} isPage>
      {(ofProject) => (
        <Answer to={webhook} isPage>
          {(answer) =>
            ofProject.project &&
            answer.webhook && <OneWebhook key={webhookId} project={ofProject.project} webhook={answer.webhook} />
          }
        </Answer>
      )}
    </Answer>
  );
}

function OneWebhook({ project, webhook }: { readonly project: Project; readonly webhook: Webhook }) {
  const mayChange = may(useUser(), "webhooks:write");
  const [outcome, setOutcome] = useState<string>();
  const [testId, setTestId] = useState<string>();
  const tell = (sentence: string) => {
    setTestId(undefined);
    setOutcome(sentence);
  };
  const follow = (eventId: string) => {
    setOutcome(undefined);
    setTestId(eventId);
  };
  return (
    <Page
      title={texts.webhooks.titleOfOne(hostOf(webhook.url))}
      above={{ to: webhooksPath(project.id), name: texts.webhooks.titleOf(project.name) }}
      actions={mayChange ? <WebhookActions webhook={webhook} onDone={tell} onTested={follow} /> : undefined}
    >
      {outcome !== undefined && <Notice tone="good">{outcome}</Notice>}
      {testId !== undefined && <TestOutcome key={testId} webhook={webhook} eventId={testId} />}
      {!webhook.enabled && <Notice tone="warn">{offText(webhook)}</Notice>}
      <WebhookFacts webhook={webhook} />
      <Deliveries webhook={webhook} mayChange={mayChange} />
    </Page>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
