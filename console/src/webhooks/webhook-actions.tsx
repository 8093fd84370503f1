import { type Webhook, WebhookService } from "@altalune/sdk/messages";
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { ConfirmDialog } from "../form/confirm-dialog.tsx";
import { texts } from "../texts.ts";
import { ChangeWebhookDialog } from "./change-webhook-dialog.tsx";
import { DeleteWebhookDialog } from "./delete-webhook-dialog.tsx";
import { RotateSecretDialog } from "./rotate-secret-dialog.tsx";
import { SwitchWebhookDialog } from "./switch-webhook-dialog.tsx";

interface WebhookActionsProps {
  readonly webhook: Webhook;
  readonly onDone: (sentence: string) => void;
  /** Told of the event that was sent to try it. */
  readonly onTested: (eventId: string) => void;
}

const words = texts.webhooks;

/** What may be done with a webhook by who may change it. */
export function WebhookActions({ webhook, onDone, onTested }: WebhookActionsProps) {
  const [asked, setAsked] = useState<"test" | "change" | "switch" | "rotate" | "delete">();
  const close = () => setAsked(undefined);
  const done = (sentence: string) => {
    onDone(sentence);
    close();
  };
  const dialog = { webhook, onDone: done, onClose: close };
  return (
    <>
      {webhook.enabled && (
        <Button variant="default" onClick={() => setAsked("test")}>
          {words.test.action}
        </Button>
      )}
      <Button variant="default" onClick={() => setAsked("change")}>
        {words.change.action}
      </Button>
      <Button variant="default" onClick={() => setAsked("switch")}>
        {webhook.enabled ? words.switchOff.action : words.switchOn.action}
      </Button>
      <Button variant="default" onClick={() => setAsked("rotate")}>
        {words.rotate.action}
      </Button>
      <Button variant="default" className="danger" onClick={() => setAsked("delete")}>
        {words.delete.action}
      </Button>
      {asked === "test" && <TestDialog webhook={webhook} onTested={onTested} onClose={close} />}
      {asked === "change" && <ChangeWebhookDialog {...dialog} />}
      {asked === "switch" && <SwitchWebhookDialog {...dialog} />}
      {asked === "rotate" && <RotateSecretDialog {...dialog} />}
      {asked === "delete" && <DeleteWebhookDialog webhook={webhook} onClose={close} />}
    </>
  );
}

interface TestDialogProps extends Pick<WebhookActionsProps, "webhook" | "onTested"> {
  readonly onClose: () => void;
}

/** Sends an event that says nothing, to see whether it arrives. */
function TestDialog({ webhook, onTested, onClose }: TestDialogProps) {
  const webhooks = useClient(WebhookService);
  const queries = useQueryClient();
  const { projectId, id: webhookId } = webhook;

  const sendTest = async () => {
    const { delivery } = await webhooks.sendTestEvent({ projectId, webhookId });
    onTested(delivery?.eventId ?? "");
    onClose();
    await queries.invalidateQueries();
  };
  const { title, text, submit } = words.test;
  return <ConfirmDialog title={title} text={text} submit={submit} work={sendTest} onClose={onClose} />;
}
