import { type Project, ProjectService, WebhookService } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Navigate, useNavigate, useParams } from "react-router";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { useRequest } from "../form/use-request.ts";
import { ShownOnce } from "../keys/shown-once.tsx";
import { Answer } from "../listing/answer.tsx";
import { useHold } from "../parts/hold.ts";
import { Page } from "../parts/page.tsx";
import { may } from "../session/may.ts";
import { useUser } from "../shell/user.ts";
import { texts } from "../texts.ts";
import { WebhookFields, type WebhookText } from "./webhook-fields.tsx";
import { webhookPath, webhooksPath } from "./webhook-path.ts";

const { new: words } = texts.webhooks;

/** Adds a webhook, shows its secret this once, and leads to it. */
export default function NewWebhookPage() {
  const { projectId = "" } = useParams();
  const project = useQuery(ProjectService.method.getProject, { projectId });
  if (!may(useUser(), "webhooks:write")) {
    return <Navigate to={webhooksPath(projectId)} replace />;
  }
  return (
    <Answer to={project} isPage>
      {(answer) => answer.project && <NewWebhook project={answer.project} />}
    </Answer>
  );
}

interface Made {
  readonly webhookId: string;
  readonly secret: string;
}

function NewWebhook({ project }: { readonly project: Project }) {
  const webhooks = useClient(WebhookService);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { isBusy, failure, send } = useSending();
  const [text, setText] = useState<WebhookText>({ url: "", eventTypes: [], description: "" });
  const { id: requestId } = useRequest(text);
  // Here alone, and gone with this page: nothing that is kept has the secret.
  const [made, setMade] = useState<Made>();
  useHold(isBusy && made === undefined);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(async () => {
      const { webhook, secret } = await webhooks.createWebhook({ projectId: project.id, ...text, requestId });
      setMade({ webhookId: webhook?.id ?? "", secret });
      await queries.invalidateQueries();
    });
  };
  const leave = ({ webhookId }: Made) => {
    setMade(undefined);
    void navigate(webhookPath({ projectId: project.id, id: webhookId }), { replace: true });
  };
  return (
    <Page title={words.title} above={{ to: webhooksPath(project.id), name: texts.webhooks.title }} isNarrow>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <FormFailure failure={failure} />
          <WebhookFields
            value={text}
            onChange={(changes) => setText((before) => ({ ...before, ...changes }))}
            faults={failure?.fields ?? {}}
          />
          <div>
            <Button type="submit" loading={isBusy}>
              {words.submit}
            </Button>
          </div>
        </Stack>
      </form>
      {made !== undefined && (
        <ShownOnce value={made.secret} words={texts.webhooks.secret} onStored={() => leave(made)} />
      )}
    </Page>
  );
}
