import { WebhookService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { changedPaths } from "../form/changed-paths.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { texts } from "../texts.ts";
import type { WebhookDialogProps } from "./webhook-dialog-props.ts";
import { WebhookFields, type WebhookText } from "./webhook-fields.tsx";

const { change: words } = texts.webhooks;
const namesOf = ({ url, eventTypes, description }: WebhookText) => ({ url, event_types: eventTypes, description });

/** Changes where a webhook leads and what it is told of, as it was when it was looked at. */
export function ChangeWebhookDialog({ webhook, onDone, onClose }: WebhookDialogProps) {
  const webhooks = useClient(WebhookService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  // What others do to it meanwhile is not taken for what is in the fields.
  const [{ projectId, id: webhookId, etag, url, eventTypes, description }] = useState(webhook);
  const before = { url, eventTypes, description };
  const [text, setText] = useState<WebhookText>(before);

  const submit = () => {
    const paths = changedPaths(namesOf(before), namesOf(text));
    if (paths.length === 0) {
      onDone(texts.form.unchanged);
      return;
    }
    void send(async () => {
      await webhooks.updateWebhook({ projectId, webhookId, etag, ...text, updateMask: { paths } });
      onDone(words.done);
      await queries.invalidateQueries();
    });
  };
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    >
      <WebhookFields
        value={text}
        onChange={(changes) => setText((now) => ({ ...now, ...changes }))}
        faults={failure?.fields ?? {}}
      />
    </DialogForm>
  );
}
